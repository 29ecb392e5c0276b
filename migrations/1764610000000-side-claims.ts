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

/** Whether a chunk of the task waits. From the end: at the front lie the entries of chunks just taken. */
const CHUNK_WAITS = `EXISTS (
        SELECT FROM (
          SELECT FROM ocr_jobs chunk WHERE chunk.task_id = open_task.id AND chunk.state = 'waiting' AND chunk.kind = 'chunk'
          ORDER BY chunk.position DESC
          LIMIT 1
        ) AS found)`;

const NEXT = `
        SELECT coalesce(behind.id, first.id) INTO next_id
        FROM (${OPEN_TASKS}) AS open_task
        LEFT JOIN LATERAL (${waiting('open_task.id = after_task AND position > after_position')}) AS behind ON true
        LEFT JOIN LATERAL (${waiting('behind.id IS NULL')}) AS first ON true
        WHERE coalesce(behind.id, first.id) IS NOT NULL
        LIMIT 1;`;

const NEXT_BUT_CHUNKS = `
        SELECT job.id INTO next_id
        FROM (${OPEN_TASKS}) AS open_task CROSS JOIN LATERAL (${waiting(`NOT ${CHUNK_WAITS}`)}) AS job
        LIMIT 1;`;

const functionOf = (body: string) => `
      CREATE OR REPLACE FUNCTION ocr_next_job(
        kinds text[], max_concurrent_tasks integer, after_task uuid DEFAULT NULL, after_position integer DEFAULT NULL
      ) RETURNS bigint LANGUAGE plpgsql AS $function$
      DECLARE
        next_id bigint;
      BEGIN
        ${body}
        RETURN next_id;
      END
      $function$`;

/**
 * A node whose places for pages are taken still takes preparations and merges. Looking for those, it went through all the chunks that waited in
 * the open tasks. Where a chunk of a task waits, no preparation or merge of it does: a look at one chunk tells.
 */
export class SideClaims1764610000000 implements MigrationInterface {
  name = 'SideClaims1764610000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(functionOf(`IF 'chunk' = ANY (kinds) THEN${NEXT} ELSE${NEXT_BUT_CHUNKS} END IF;`));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(functionOf(NEXT));
  }
}
