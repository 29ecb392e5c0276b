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

/** @param which an addition to what a job must be */
const next = (which: string) => `
        SELECT coalesce(behind.id, first.id) INTO next_id
        FROM (${OPEN_TASKS}) AS open_task
        LEFT JOIN LATERAL (${waiting(`open_task.id = after_task AND position > after_position${which}`)}) AS behind ON true
        LEFT JOIN LATERAL (${waiting(`behind.id IS NULL${which}`)}) AS first ON true
        WHERE coalesce(behind.id, first.id) IS NOT NULL
        LIMIT 1;`;

const nextOf = (condition: string) => `
        SELECT job.id INTO next_id
        FROM (${OPEN_TASKS}) AS open_task CROSS JOIN LATERAL (${waiting(condition)}) AS job
        LIMIT 1;`;

/** @param more parameters beside the first four */
const functionOf = (more: string, body: string) => `
      CREATE FUNCTION ocr_next_job(
        kinds text[], max_concurrent_tasks integer, after_task uuid DEFAULT NULL, after_position integer DEFAULT NULL${more}
      ) RETURNS bigint LANGUAGE plpgsql AS $function$
      DECLARE
        next_id bigint;
      BEGIN
        ${body}
        RETURN next_id;
      END
      $function$`;

const UNSUSPECTED = ` AND (suspects IS NULL OR stalls < 2)`;

/**
 * A job that was lost twice is suspected to take nodes down. Of several that a node held, nobody can tell which it was, so each is taken by a node that
 * holds nothing else from then on: a claim says whether it takes suspects alone, or anything but them. A node of the version
 * before says nothing, and takes both.
 */
export class Suspects1764620000000 implements MigrationInterface {
  name = 'Suspects1764620000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ocr_next_job(text[], integer, uuid, integer)`);
    await runner.query(
      functionOf(
        ', suspects boolean DEFAULT NULL',
        `IF suspects THEN${nextOf('stalls >= 2')}
        ELSIF 'chunk' = ANY (kinds) THEN${next(UNSUSPECTED)}
        ELSE${nextOf(`NOT ${CHUNK_WAITS}${UNSUSPECTED}`)}
        END IF;`,
      ),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ocr_next_job(text[], integer, uuid, integer, boolean)`);
    await runner.query(functionOf('', `IF 'chunk' = ANY (kinds) THEN${next('')} ELSE${nextOf(`NOT ${CHUNK_WAITS}`)} END IF;`));
  }
}
