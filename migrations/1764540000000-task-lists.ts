import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists of tasks that stay quick however many there are: each sort walks an index of its own, and filters that leave few
 * tasks find them by an index. `src/task-manager/task-sorts.ts` and `task-filter.ts` write their expressions as they stand here.
 */
export class TaskLists1764540000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX ocr_tasks_by_creation ON ocr_tasks (created_at, id)`);
    await runner.query(`CREATE INDEX ocr_tasks_by_name ON ocr_tasks (name, id)`);
    await runner.query(`CREATE INDEX ocr_tasks_by_update ON ocr_tasks (updated_at, id)`);
    await runner.query(`CREATE INDEX ocr_tasks_by_end ON ocr_tasks (coalesce(finished_at, 'infinity'::timestamptz), id)`);
    await runner.query(
      `CREATE INDEX ocr_tasks_by_priority ON ocr_tasks (array_position(ARRAY['CRITICAL','HIGH','NORMAL','LOW'], priority), id)`,
    );
    await runner.query(`CREATE INDEX ocr_tasks_language ON ocr_tasks ((options ->> 'language'))`);
    await runner.query(`CREATE INDEX ocr_tasks_provider ON ocr_tasks ((options ->> 'ocr_provider'))`);
    await runner.query(`CREATE INDEX ocr_tasks_tenant ON ocr_tasks (tenant, id) WHERE tenant <> ''`);
    // Text within names. The extension comes with PostgreSQL, but not every server has it installed or lets us add it: a search
    // then reads through the names, which answers the same more slowly.
    await runner.query(`
      DO $$
      BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX ocr_tasks_name_parts ON ocr_tasks USING gin (name gin_trgm_ops);
      EXCEPTION WHEN undefined_file OR insufficient_privilege OR feature_not_supported OR undefined_object THEN
        RAISE NOTICE 'pg_trgm cannot be used: %', SQLERRM;
      END $$`);
    // The statistics of the new expressions, which the first lists are planned by.
    await runner.query(`ANALYZE ocr_tasks`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The extension stays: others may have begun to use it.
    await runner.query(`DROP INDEX IF EXISTS ocr_tasks_name_parts`);
    for (const index of ['tenant', 'provider', 'language', 'by_priority', 'by_end', 'by_update', 'by_name', 'by_creation']) {
      await runner.query(`DROP INDEX ocr_tasks_${index}`);
    }
  }
}
