import type { Queryable } from '../../src/database/database.js';

/**
 * What must hold in the tables, whatever was killed when. Each statement selects what breaks the rule. Those of
 * {@link AT_REST} hold once nobody works and lost nodes have been cleared away; the others at every moment.
 */
const ALWAYS: Readonly<Record<string, string>> = {
  'an unfinished task has a job that waits or runs': `
    SELECT id FROM ocr_tasks t WHERE status IN ('queued', 'running', 'paused')
      AND NOT EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = t.id AND state IN ('waiting', 'running'))`,
  'a task with a result, or failed, has no job left': `
    SELECT DISTINCT t.id FROM ocr_tasks t JOIN ocr_jobs j ON j.task_id = t.id
    WHERE t.status IN ('completed', 'completed_with_errors', 'failed') AND j.state IN ('waiting', 'running')`,
  'what runs has a claim and a node, and nothing else has a claim': `
    SELECT id, state, claim_token, node_id FROM ocr_jobs
    WHERE (state = 'running') <> (claim_token IS NOT NULL) OR (state = 'running' AND node_id IS NULL)`,
  'a task has one merge at most': `
    SELECT task_id FROM ocr_jobs WHERE kind = 'merge' GROUP BY task_id HAVING count(*) > 1`,
  'where a chunk waits, no preparation and no merge does (the claim builds on it)': `
    SELECT id, kind FROM ocr_jobs j WHERE state = 'waiting' AND kind <> 'chunk'
      AND EXISTS (SELECT 1 FROM ocr_jobs c WHERE c.task_id = j.task_id AND c.state = 'waiting' AND c.kind = 'chunk')`,
  'the counters of the jobs are what the pages say': `
    SELECT t.id, j.done, p.done, j.failed, p.failed FROM ocr_tasks t
    CROSS JOIN LATERAL (SELECT coalesce(sum(pages_done), 0) AS done, coalesce(sum(pages_failed), 0) AS failed,
      coalesce(sum(pages_total), 0) AS total FROM ocr_jobs WHERE task_id = t.id) j
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'done') AS done, count(*) FILTER (WHERE state = 'failed') AS failed
      FROM ocr_pages WHERE task_id = t.id) p
    WHERE j.done <> p.done OR j.failed <> p.failed OR (t.pages_total IS NOT NULL AND j.total <> t.pages_total)`,
  'a task with a result has every page, done or failed': `
    SELECT t.id FROM ocr_tasks t
    CROSS JOIN LATERAL (SELECT count(*) AS all, count(*) FILTER (WHERE state = 'failed') AS failed
      FROM ocr_pages WHERE task_id = t.id) p
    WHERE (t.status = 'completed' AND (p.all <> t.pages_total OR p.failed > 0))
       OR (t.status = 'completed_with_errors' AND (p.all <> t.pages_total OR p.failed = 0))`,
  'each run of a task has ended once, or is under way': `
    SELECT t.id, t.status, t.run, e.endings FROM ocr_tasks t
    CROSS JOIN LATERAL (SELECT count(*) AS endings FROM ocr_events WHERE task_id = t.id AND type IN
      ('task.completed', 'task.completed_with_errors', 'task.failed', 'task.cancelled')) e
    WHERE e.endings <> CASE WHEN t.finished_at IS NULL THEN t.run - 1 ELSE t.run END`,
};

const AT_REST: Readonly<Record<string, string>> = {
  'nothing is claimed': `SELECT id, task_id, kind, node_id FROM ocr_jobs WHERE state = 'running'`,
};

/** Every broken rule with some of what breaks it; empty when all is well. */
export async function brokenInvariants(database: Queryable, atRest = true): Promise<Record<string, unknown[]>> {
  const broken: Record<string, unknown[]> = {};
  for (const [rule, statement] of Object.entries({ ...ALWAYS, ...(atRest ? AT_REST : {}) })) {
    const { rows } = await database.query(`${statement} LIMIT 3`);
    if (rows.length > 0) broken[rule] = rows;
  }
  return broken;
}
