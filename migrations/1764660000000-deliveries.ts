import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which task put which file where its caller asked for it, noted before the file is there, and by what the file is known again: so a
 * task may write over its own files and no other's, on whatever node it is merged. What existing tasks have delivered is not known: they
 * leave it as it is.
 */
export class Deliveries1764660000000 implements MigrationInterface {
  name = 'Deliveries1764660000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ocr_deliveries (
        path    text PRIMARY KEY,
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        stamps  text[] NOT NULL
      )`);
    await runner.query('CREATE INDEX ocr_deliveries_task ON ocr_deliveries (task_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ocr_deliveries');
  }
}
