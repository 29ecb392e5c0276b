import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The key of a batch hung on the batch's first task and went with it, while the others were still worked on: the same request then made a
 * second batch. It belongs to no task any more; the retention sweeper removes it once none of the batch's tasks is left.
 */
export class LastingBatchKeys1764640000000 implements MigrationInterface {
  name = 'LastingBatchKeys1764640000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ocr_idempotency_keys ALTER COLUMN task_id DROP NOT NULL`);
    await runner.query(`UPDATE ocr_idempotency_keys SET task_id = NULL WHERE batch IS NOT NULL`);
    await runner.query(`CREATE INDEX ocr_idempotency_keys_batches ON ocr_idempotency_keys (key) WHERE batch IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ocr_idempotency_keys_batches`);
    await runner.query(`
      UPDATE ocr_idempotency_keys SET task_id = first.id FROM ocr_tasks first
      WHERE batch IS NOT NULL AND first.id = (batch -> 'taskIds' ->> 0)::uuid`);
    await runner.query(`DELETE FROM ocr_idempotency_keys WHERE task_id IS NULL`);
    await runner.query(`ALTER TABLE ocr_idempotency_keys ALTER COLUMN task_id SET NOT NULL`);
  }
}
