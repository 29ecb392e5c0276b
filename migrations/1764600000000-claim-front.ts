import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPEN_TASKS = `
      SELECT id FROM ocr_tasks
      WHERE status IN ('queued', 'running') AND NOT held AND ready_at <= now()
      ORDER BY sort_key, id
      LIMIT coalesce(
        (SELECT (value #>> '{}')::int FROM ocr_settings WHERE name = 'max_concurrent_tasks'), ocr_next_job.max_concurrent_tasks)`;

/** The first job of a task that waits and is due, locked. @param more what else it must be */
const waiting = (more: string) => `
      SELECT id FROM ocr_jobs
      WHERE task_id = open_task.id AND state = 'waiting' AND run_at <= now() AND kind = ANY (kinds) AND ${more}
      ORDER BY position
      LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED`;

/**
 * A claim may say up to which job of a task it knows nothing to wait. The entries of taken jobs stay in the index of those that wait until a
 * vacuum, and where a long transaction holds that back, each claim walked through all of them: with four thousand, it took twice
 * as long. Which tasks come first is as before, and so is the job where nothing waits behind the one that is named.
 */
export class ClaimFront1764600000000 implements MigrationInterface {
  name = 'ClaimFront1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ocr_next_job(text[], integer)`);
    // A node of the version before calls it with the first two.
    await runner.query(`
      CREATE FUNCTION ocr_next_job(
        kinds text[], max_concurrent_tasks integer, after_task uuid DEFAULT NULL, after_position integer DEFAULT NULL
      ) RETURNS bigint LANGUAGE plpgsql AS $function$
      DECLARE
        next_id bigint;
      BEGIN
        SELECT coalesce(behind.id, first.id) INTO next_id
        FROM (${OPEN_TASKS}) AS open_task
        LEFT JOIN LATERAL (${waiting('open_task.id = after_task AND position > after_position')}) AS behind ON true
        LEFT JOIN LATERAL (${waiting('behind.id IS NULL')}) AS first ON true
        WHERE coalesce(behind.id, first.id) IS NOT NULL
        LIMIT 1;
        RETURN next_id;
      END
      $function$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ocr_next_job(text[], integer, uuid, integer)`);
    await runner.query(`
      CREATE FUNCTION ocr_next_job(kinds text[], max_concurrent_tasks integer) RETURNS bigint LANGUAGE plpgsql AS $function$
      DECLARE
        next_id bigint;
      BEGIN
        SELECT job.id INTO next_id
        FROM (${OPEN_TASKS}) AS open_task CROSS JOIN LATERAL (${waiting('true')}) AS job
        LIMIT 1;
        RETURN next_id;
      END
      $function$`);
  }
}
