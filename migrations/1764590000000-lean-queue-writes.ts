import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The function that counts an ended task in the statistics.
 * @param kind what tells how it ended, in words that begin with `prefix`
 * @param moment what tells when
 * @param task where its times are
 */
const countEnded = (kind: string, moment: string, prefix: string, task: string) => `
  CREATE OR REPLACE FUNCTION ocr_count_ended_task() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO ocr_stats_minutes AS stats
      (minute, node_id, tasks_completed, tasks_completed_with_errors, tasks_failed, tasks_cancelled, task_ms, wait_ms)
    SELECT date_bin('10 seconds', ${moment}, timestamptz '2000-01-01 00:00:00+00'),
      ('00000000-0000-0000-0000-0000000000' || lpad(to_hex(pg_backend_pid() % 16), 2, '0'))::uuid,
      (${kind} = '${prefix}completed')::int, (${kind} = '${prefix}completed_with_errors')::int,
      (${kind} = '${prefix}failed')::int, (${kind} = '${prefix}cancelled')::int,
      CASE WHEN task.has_results THEN coalesce(task.run_ms, 0) ELSE 0 END,
      CASE WHEN task.has_results THEN coalesce(task.wait_ms, 0) ELSE 0 END
    FROM (
      SELECT ${kind} IN ('${prefix}completed', '${prefix}completed_with_errors') AS has_results,
        (extract(epoch FROM finished_at - started_at) * 1000)::bigint AS run_ms,
        (extract(epoch FROM started_at - created_at) * 1000)::bigint AS wait_ms
      ${task}
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

/**
 * What a claim and a chunk's end cost beside their rows. The server reads a trigger's condition and a check anew for each statement that
 * writes to the table, and prepares the condition of each partial index: a fifth of the time in all. So ended tasks are counted where they
 * end, in `ocr_tasks`; the check of claims has become a rule the tests hold the tables against; and the last events of deleted tasks are
 * found by a table of their own instead of an index over all events.
 */
export class LeanQueueWrites1764590000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // In the order everybody locks: a node that is still at work is waited for.
    await runner.query('LOCK TABLE ocr_jobs, ocr_tasks, ocr_events IN ACCESS EXCLUSIVE MODE');
    await runner.query('DROP TRIGGER ocr_events_count_ended_task ON ocr_events');
    await runner.query(
      countEnded('NEW.status', 'NEW.finished_at', '', 'FROM (SELECT NEW.finished_at, NEW.started_at, NEW.created_at) AS ended'),
    );
    await runner.query(`
      CREATE TRIGGER ocr_tasks_count_ended AFTER UPDATE OF finished_at ON ocr_tasks FOR EACH ROW
      WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL)
      EXECUTE FUNCTION ocr_count_ended_task()`);
    await runner.query('ALTER TABLE ocr_jobs DROP CONSTRAINT ocr_jobs_claimed');
    await runner.query(`
      CREATE TABLE ocr_farewells (
        event_id bigint PRIMARY KEY,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      INSERT INTO ocr_farewells (event_id, created_at) SELECT id, created_at FROM ocr_events WHERE type = 'task.deleted'`);
    await runner.query('DROP INDEX ocr_events_deleted');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX ocr_events_deleted ON ocr_events (created_at) WHERE type = 'task.deleted'`);
    await runner.query('DROP TABLE ocr_farewells');
    await runner.query(`
      ALTER TABLE ocr_jobs ADD CONSTRAINT ocr_jobs_claimed
        CHECK ((state = 'running') = (claim_token IS NOT NULL AND node_id IS NOT NULL))`);
    await runner.query('DROP TRIGGER ocr_tasks_count_ended ON ocr_tasks');
    await runner.query(countEnded('NEW.type', 'NEW.created_at', 'task.', 'FROM ocr_tasks WHERE id = NEW.task_id'));
    await runner.query(`
      CREATE TRIGGER ocr_events_count_ended_task AFTER INSERT ON ocr_events FOR EACH ROW
      WHEN (NEW.type IN ('task.completed', 'task.completed_with_errors', 'task.failed', 'task.cancelled'))
      EXECUTE FUNCTION ocr_count_ended_task()`);
  }
}
