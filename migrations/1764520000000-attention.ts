import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Confidence (0..100) under which a page counted as doubtful when this was made, and the share of such pages that matters. */
const DOUBTFUL = 70;
const SHARE = 0.25;

/**
 * What an operator should look at is found by index: tasks say, once completed, how surely they were read, and unfinished jobs
 * that were lost with their nodes have an index of their own, which is nearly always empty.
 */
export class DashAttention1764520000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ocr_tasks
        ADD COLUMN confidence real,
        ADD COLUMN doubtful_pages integer NOT NULL DEFAULT 0,
        ADD COLUMN worst_page integer,
        ADD COLUMN low_confidence boolean NOT NULL DEFAULT false`);
    await runner.query(`
      UPDATE ocr_tasks task SET confidence = read.mean, doubtful_pages = read.doubtful, worst_page = read.worst,
        low_confidence = read.mean < ${DOUBTFUL} OR read.doubtful >= ${SHARE} * read.pages
      FROM (
        SELECT task_id, sum(confidence * words) / sum(words) AS mean, count(*) AS pages,
          count(*) FILTER (WHERE confidence < ${DOUBTFUL}) AS doubtful, (array_agg(page ORDER BY confidence, page))[1] AS worst
        FROM ocr_pages WHERE source = 'recognised' AND words > 0 AND confidence IS NOT NULL GROUP BY task_id
      ) read
      WHERE read.task_id = task.id AND task.status IN ('completed', 'completed_with_errors')`);
    await runner.query(
      `CREATE INDEX ocr_tasks_low_confidence ON ocr_tasks (finished_at, id) WHERE status = 'completed' AND low_confidence`,
    );
    await runner.query(`CREATE INDEX ocr_jobs_lost ON ocr_jobs (task_id) WHERE stalls > 0 AND state IN ('waiting', 'running')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ocr_jobs_lost`);
    await runner.query(`DROP INDEX ocr_tasks_low_confidence`);
    await runner.query(`
      ALTER TABLE ocr_tasks DROP COLUMN low_confidence, DROP COLUMN worst_page, DROP COLUMN doubtful_pages,
        DROP COLUMN confidence`);
  }
}
