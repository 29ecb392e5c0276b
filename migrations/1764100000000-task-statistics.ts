import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Counts tasks that end, in the transaction that ends them, by the event it writes: exactly once, whoever ends them and
 * whatever is killed when. The counts outlive the tasks. The rows' `node_id` is no node but one of 16 shards by backend, so
 * that tasks ending in the same minute do not wait for each other.
 */
export class TaskStatistics1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION ocr_count_ended_task() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ocr_stats_minutes AS stats
          (minute, node_id, tasks_completed, tasks_completed_with_errors, tasks_failed, tasks_cancelled, task_ms, wait_ms)
        SELECT date_trunc('minute', NEW.created_at),
          ('00000000-0000-0000-0000-0000000000' || lpad(to_hex(pg_backend_pid() % 16), 2, '0'))::uuid,
          (NEW.type = 'task.completed')::int, (NEW.type = 'task.completed_with_errors')::int,
          (NEW.type = 'task.failed')::int, (NEW.type = 'task.cancelled')::int,
          CASE WHEN task.has_results THEN coalesce(task.run_ms, 0) ELSE 0 END,
          CASE WHEN task.has_results THEN coalesce(task.wait_ms, 0) ELSE 0 END
        FROM (
          SELECT NEW.type IN ('task.completed', 'task.completed_with_errors') AS has_results,
            (extract(epoch FROM finished_at - started_at) * 1000)::bigint AS run_ms,
            (extract(epoch FROM started_at - created_at) * 1000)::bigint AS wait_ms
          FROM ocr_tasks WHERE id = NEW.task_id
        ) AS task
        ON CONFLICT (minute, node_id) DO UPDATE SET
          tasks_completed = stats.tasks_completed + EXCLUDED.tasks_completed,
          tasks_completed_with_errors = stats.tasks_completed_with_errors + EXCLUDED.tasks_completed_with_errors,
          tasks_failed = stats.tasks_failed + EXCLUDED.tasks_failed,
          tasks_cancelled = stats.tasks_cancelled + EXCLUDED.tasks_cancelled,
          task_ms = stats.task_ms + EXCLUDED.task_ms,
          wait_ms = stats.wait_ms + EXCLUDED.wait_ms;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER ocr_events_count_ended_task AFTER INSERT ON ocr_events FOR EACH ROW
      WHEN (NEW.type IN ('task.completed', 'task.completed_with_errors', 'task.failed', 'task.cancelled'))
      EXECUTE FUNCTION ocr_count_ended_task()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER ocr_events_count_ended_task ON ocr_events');
    await runner.query('DROP FUNCTION ocr_count_ended_task()');
  }
}
