import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A function's way from an event's moment to the beginning of its row in the statistics. */
const MINUTE = `date_trunc('minute', NEW.created_at)`;
const TEN_SECONDS = `date_bin('10 seconds', NEW.created_at, timestamptz '2000-01-01 00:00:00+00')`;

/**
 * The statistics begin in steps of ten seconds, which are put together to minutes once they are a quarter of an hour old, and
 * also hold how the queue stood: how many tasks waited, and for how long the oldest.
 */
export class DashAgeOfQueue1764530000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ocr_stats_minutes ADD COLUMN waiting_tasks integer, ADD COLUMN oldest_wait_ms bigint`);
    await replaceInFunction(runner, MINUTE, TEN_SECONDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await replaceInFunction(runner, TEN_SECONDS, MINUTE);
    await runner.query(`ALTER TABLE ocr_stats_minutes DROP COLUMN oldest_wait_ms, DROP COLUMN waiting_tasks`);
  }
}

/** Makes the counting function anew with one expression in the place of another. */
async function replaceInFunction(runner: QueryRunner, before: string, after: string): Promise<void> {
  const rows = (await runner.query(`SELECT pg_get_functiondef('ocr_count_ended_task'::regproc) AS definition`)) as {
    definition: string;
  }[];
  await runner.query(rows[0]!.definition.replace(before, after));
}
