import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The function that counts an ended task in the statistics.
 * @param runMs how long the run that ends took, in milliseconds, of the row `NEW`
 */
const countEnded = (runMs: string) => `
  CREATE OR REPLACE FUNCTION ocr_count_ended_task() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ocr_stats_minutes AS stats
      (minute, node_id, tasks_completed, tasks_completed_with_errors, tasks_failed, tasks_cancelled, task_ms, wait_ms)
    SELECT date_bin('10 seconds', NEW.finished_at, timestamptz '2000-01-01 00:00:00+00'),
      ('00000000-0000-0000-0000-0000000000' || lpad(to_hex(pg_backend_pid() % 16), 2, '0'))::uuid,
      (NEW.status = 'completed')::int, (NEW.status = 'completed_with_errors')::int,
      (NEW.status = 'failed')::int, (NEW.status = 'cancelled')::int,
      CASE WHEN task.has_results THEN coalesce(task.run_ms, 0) ELSE 0 END,
      CASE WHEN task.has_results THEN coalesce(task.wait_ms, 0) ELSE 0 END
    FROM (
      SELECT NEW.status IN ('completed', 'completed_with_errors') AS has_results,
        ${runMs} AS run_ms,
        (extract(epoch FROM NEW.started_at - coalesce(NEW.requeued_at, NEW.created_at)) * 1000)::bigint AS wait_ms
    ) AS task
    ON CONFLICT (minute, node_id) DO UPDATE SET
      tasks_completed = stats.tasks_completed + EXCLUDED.tasks_completed,
      tasks_completed_with_errors = stats.tasks_completed_with_errors + EXCLUDED.tasks_completed_with_errors,
      tasks_failed = stats.tasks_failed + EXCLUDED.tasks_failed,
      tasks_cancelled = stats.tasks_cancelled + EXCLUDED.tasks_cancelled,
      task_ms = stats.task_ms + EXCLUDED.task_ms,
      wait_ms = stats.wait_ms + EXCLUDED.wait_ms;
    RETURN NULL;
  END $$`;

const RUN_MS = '(extract(epoch FROM NEW.finished_at - NEW.started_at) * 1000)::bigint';

/**
 * Time a task spends paused is no time it works: it is known since when it is paused and how long it has been in its run, and the
 * statistics leave that out.
 */
export class PausedTime1764670000000 implements MigrationInterface {
  name = 'PausedTime1764670000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE ocr_tasks ADD COLUMN paused_at timestamptz(3), ADD COLUMN paused_ms bigint NOT NULL DEFAULT 0',
    );
    // Since then at the latest.
    await runner.query(`UPDATE ocr_tasks SET paused_at = updated_at WHERE status = 'paused'`);
    await runner.query(countEnded(`greatest(${RUN_MS} - NEW.paused_ms, 0)`));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(countEnded(RUN_MS));
    await runner.query('ALTER TABLE ocr_tasks DROP COLUMN paused_ms, DROP COLUMN paused_at');
  }
}
