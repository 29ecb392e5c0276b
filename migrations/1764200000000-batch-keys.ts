import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets an idempotency key stand for a whole batch: the batch's id, its tasks in the order given, and what was refused of it.
 * The key's own task is then the batch's first one.
 */
export class BatchKeys1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ocr_idempotency_keys ADD COLUMN batch jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM ocr_idempotency_keys WHERE batch IS NOT NULL`);
    await runner.query(`ALTER TABLE ocr_idempotency_keys DROP COLUMN batch`);
  }
}
