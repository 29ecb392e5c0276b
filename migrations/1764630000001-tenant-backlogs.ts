import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a tenant has unfinished can be counted without its finished tasks, so that it does not stand behind others for what is done; and when
 * that was last counted is known, so that it is not counted with each submission.
 */
export class TenantBacklogs1764630000001 implements MigrationInterface {
  name = 'TenantBacklogs1764630000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX ocr_tasks_backlog ON ocr_tasks (tenant) WHERE status IN ('queued', 'running', 'paused') AND tenant <> ''`,
    );
    await runner.query(`ALTER TABLE ocr_tenants ADD COLUMN counted_at timestamptz NOT NULL DEFAULT now()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ocr_tenants DROP COLUMN counted_at`);
    await runner.query(`DROP INDEX ocr_tasks_backlog`);
  }
}
