import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The function that counts an ended task in the statistics.
 * @param queuedAt when the run that ends began to wait, of the row `NEW`
 */
const countEnded = (queuedAt: string) => `
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
        (extract(epoch FROM NEW.finished_at - NEW.started_at) * 1000)::bigint AS run_ms,
        (extract(epoch FROM NEW.started_at - ${queuedAt}) * 1000)::bigint AS wait_ms
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

/** The trigger that counts ended tasks. @param which what else must hold of the row */
const countWhere = (which: string) => `
  CREATE TRIGGER ocr_tasks_count_ended AFTER UPDATE OF finished_at ON ocr_tasks FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL${which})
  EXECUTE FUNCTION ocr_count_ended_task()`;

/**
 * A task that is sent through again has times of its own for that: when it was queued again, by the database's clock, and a new start. And
 * it is known when that is only for its results to be merged anew, which is no run of the task and is not counted as one.
 */
export class OwnTimeOfEachRun1764650000000 implements MigrationInterface {
  name = 'OwnTimeOfEachRun1764650000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE ocr_tasks ADD COLUMN requeued_at timestamptz(3), ADD COLUMN merge_only boolean NOT NULL DEFAULT false',
    );
    // What is on its way again at this moment. In its first run a task that has results can only be so to have them merged anew.
    await runner.query(`
      UPDATE ocr_tasks SET requeued_at = enqueued_at, merge_only = run = 1,
        started_at = CASE WHEN status = 'running' THEN enqueued_at END
      WHERE status IN ('queued', 'running', 'paused') AND started_at < enqueued_at AND (run > 1 OR results <> '{}')`);
    await runner.query('DROP TRIGGER ocr_tasks_count_ended ON ocr_tasks');
    await runner.query(countEnded('coalesce(NEW.requeued_at, NEW.created_at)'));
    await runner.query(countWhere(' AND NOT NEW.merge_only'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER ocr_tasks_count_ended ON ocr_tasks');
    await runner.query(countEnded('NEW.created_at'));
    await runner.query(countWhere(''));
    await runner.query('ALTER TABLE ocr_tasks DROP COLUMN merge_only, DROP COLUMN requeued_at');
  }
}
