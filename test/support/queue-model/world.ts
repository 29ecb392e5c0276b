import { expect } from 'vitest';
import type { Claim } from '../../../src/task-manager/claim.js';
import type { TaskStatus } from '../../../src/task-manager/task.types.js';
import type { QueueHarness } from '../queue-harness.js';
import { FINAL_EVENTS, type ModelJob, type ModelTask, type QueueModel } from './model.js';

/** A claim somebody holds, or held: `stands` says whether its writes still count. */
export interface HeldClaim {
  claim: Claim;
  task: ModelTask;
  job: ModelJob;
  stands: boolean;
}

interface Node {
  id: string;
  alive: boolean;
}

/** The real queue, with what a test has in hand: nodes, and the claims they were given. */
export class QueueWorld {
  readonly nodes: Node[] = [];
  readonly claims: HeldClaim[] = [];

  constructor(readonly queue: QueueHarness) {}

  /** The node at an index: a fresh one when it was never there, or died. */
  async node(index: number): Promise<Node> {
    const known = this.nodes[index];
    if (known?.alive) return known;
    return (this.nodes[index] = { id: await this.queue.node(3600), alive: true });
  }

  async kill(index: number): Promise<void> {
    const node = await this.node(index);
    node.alive = false;
    await this.queue.database.query(`UPDATE ocr_nodes SET lease_until = now() - interval '1 second' WHERE id = $1`, [node.id]);
  }

  /** The claims that count and whose node is gone. */
  get lost(): HeldClaim[] {
    const alive = new Set(this.nodes.flatMap((node) => (node?.alive ? [node.id] : [])));
    return this.claims.filter((held) => held.stands && !alive.has(held.claim.nodeId));
  }

  endClaimsOf(task: ModelTask): void {
    for (const held of this.claims) if (held.task === task) held.stands = false;
  }

  /**
   * What a claim should give: the first waiting job of the first open tasks, decided in the plainest way. More than one when
   * jobs of a split chunk share a place; none when there is nothing to claim.
   */
  async nextInLine(model: QueueModel, most: number): Promise<{ task: ModelTask; job: ModelJob }[]> {
    const open = [...model.tasks.values()].filter((task) => task.status === 'queued' || task.status === 'running');
    const { rows: keys } = await this.queue.database.query<{ id: string; sort_key: number }>(
      'SELECT id, sort_key FROM ocr_tasks WHERE id = ANY ($1::uuid[])',
      [open.map((task) => task.id)],
    );
    const place = new Map(keys.map((row) => [row.id, row.sort_key]));
    open.sort((a, b) => place.get(a.id)! - place.get(b.id)! || (a.id < b.id ? -1 : 1));
    for (const task of open.slice(0, most)) {
      const waiting = task.jobs.filter((job) => job.state === 'waiting');
      const first = Math.min(...waiting.map((job) => job.position));
      if (waiting.length > 0) return waiting.filter((job) => job.position === first).map((job) => ({ task, job }));
    }
    return [];
  }

  /** Compares every row with the model. */
  async expectSame(model: QueueModel): Promise<void> {
    const ids = [...model.tasks.keys()];
    const { rows } = await this.queue.database.query<StateRow>(STATE, [ids]);
    const found = new Map(rows.map((row) => [row.id, row]));
    expect(found.size, 'no task is lost').toBe(ids.length);
    for (const task of model.tasks.values()) {
      const row = found.get(task.id)!;
      const jobs = task.jobs.map(lineOf).sort();
      expect({ status: row.status, run: row.run, jobs: row.jobs.sort(), done: row.done, failed: row.failed }, task.id).toEqual({
        status: task.status,
        run: task.run,
        jobs,
        done: [...task.done].sort((a, b) => a - b),
        failed: [...task.failed].sort((a, b) => a - b),
      });
      expectNotStuck(task);
    }
  }

  /** Compares the events of every task: each status change has its own, in order, and each ending exactly one. */
  async expectSameEvents(model: QueueModel): Promise<void> {
    const { rows } = await this.queue.database.query<{ task_id: string; types: string[] }>(
      `SELECT task_id, array_agg(type ORDER BY id) AS types FROM ocr_events
       WHERE task_id = ANY ($1::uuid[]) AND type LIKE 'task.%' AND type <> 'task.priority_changed' GROUP BY task_id`,
      [[...model.tasks.keys()]],
    );
    const found = new Map(rows.map((row) => [row.task_id, row.types]));
    for (const task of model.tasks.values()) {
      expect(found.get(task.id)).toEqual(task.events);
      const endings = task.events.filter((type) => FINAL_EVENTS.includes(type)).length;
      expect(endings).toBe(model.isFinal(task) ? task.run : task.run - 1);
    }
  }
}

interface StateRow {
  id: string;
  status: TaskStatus;
  run: number;
  jobs: string[];
  done: number[];
  failed: number[];
}

const STATE = `
  SELECT t.id, t.status, t.run,
    ARRAY(SELECT concat_ws(' ', kind, coalesce(first_page::text, '-'), coalesce(last_page::text, '-'), state, attempt, stalls,
            pages_total, pages_done, pages_failed, (claim_token IS NOT NULL)::text)
          FROM ocr_jobs WHERE task_id = t.id) AS jobs,
    ARRAY(SELECT page FROM ocr_pages WHERE task_id = t.id AND state = 'done' ORDER BY page) AS done,
    ARRAY(SELECT page FROM ocr_pages WHERE task_id = t.id AND state = 'failed' ORDER BY page) AS failed
  FROM ocr_tasks t WHERE t.id = ANY ($1::uuid[])`;

function lineOf(job: ModelJob): string {
  const { kind, first, last, state, attempt, stalls, pagesTotal, done, failed } = job;
  return [kind, first ?? '-', last ?? '-', state, attempt, stalls, pagesTotal, done, failed, state === 'running'].join(' ');
}

/** An unfinished task always has work that waits or runs; a page is never both done and failed. */
function expectNotStuck(task: ModelTask): void {
  const hasWork = task.jobs.some((job) => job.state === 'waiting' || job.state === 'running');
  if (task.status === 'queued' || task.status === 'running' || task.status === 'paused') expect(hasWork, task.id).toBe(true);
  expect([...task.done].filter((page) => task.failed.has(page))).toEqual([]);
}
