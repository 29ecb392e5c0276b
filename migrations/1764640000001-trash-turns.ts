import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What lies in the trash is taken from its oldest end, batch after batch: without an index each of them went through all of it. */
export class TrashTurns1764640000001 implements MigrationInterface {
  name = 'TrashTurns1764640000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX ocr_trash_created_at ON ocr_trash (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ocr_trash_created_at`);
  }
}
