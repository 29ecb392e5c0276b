import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds the next job for a claim, and locks it: of the open tasks (the first `max_concurrent_tasks` by sort key that have work
 * due) the first job no other claim holds. The cost does not grow with what waits behind: both are short scans of partial
 * indexes. The live setting, when there is one, goes before the configured value.
 *
 * A function of its own, because many claims at a time often meet a row that another one has just taken: the server then sets the
 * whole statement up anew to look at the row once more, and this one is much smaller than the claim around it.
 */
export class NextJob1764580000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION ocr_next_job(kinds text[], max_concurrent_tasks integer) RETURNS bigint LANGUAGE plpgsql AS $function$
      DECLARE
        next_id bigint;
      BEGIN
        SELECT job.id INTO next_id
        FROM (
          SELECT id FROM ocr_tasks
          WHERE status IN ('queued', 'running') AND NOT held AND ready_at <= now()
          ORDER BY sort_key, id
          LIMIT coalesce(
            (SELECT (value #>> '{}')::int FROM ocr_settings WHERE name = 'max_concurrent_tasks'), ocr_next_job.max_concurrent_tasks)
        ) AS open_task CROSS JOIN LATERAL (
          SELECT id FROM ocr_jobs
          WHERE task_id = open_task.id AND state = 'waiting' AND run_at <= now() AND kind = ANY (kinds)
          ORDER BY position
          LIMIT 1
          FOR NO KEY UPDATE SKIP LOCKED
        ) AS job
        LIMIT 1;
        RETURN next_id;
      END
      $function$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ocr_next_job(text[], integer)`);
  }
}
