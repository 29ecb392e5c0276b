import fc from 'fast-check';
import { expect } from 'vitest';
import { OcrError } from '../../../src/errors/ocr-error.js';
import { ClaimLost } from '../../../src/task-manager/fence.js';
import { PRIORITIES } from '../../../src/task-manager/task.types.js';
import { pageResult } from '../queue-harness.js';
import type { ModelTask, QueueModel } from './model.js';
import type { HeldClaim, QueueWorld } from './world.js';

/** Tasks worked on at the same time in the model test. */
export const OPEN_TASKS = 3;
const never = new AbortController().signal;

/** One command: what it does to both sides. After it, both are compared. */
class Step implements fc.AsyncCommand<QueueModel, QueueWorld> {
  constructor(
    private readonly name: string,
    private readonly apply: (model: QueueModel, world: QueueWorld) => Promise<unknown>,
    private readonly possible: (model: QueueModel) => boolean = () => true,
  ) {}

  check(model: QueueModel): boolean {
    return this.possible(model);
  }

  async run(model: QueueModel, world: QueueWorld): Promise<void> {
    await this.apply(model, world);
    await world.expectSame(model);
  }

  toString(): string {
    return this.name;
  }
}

const index = fc.nat(20);
const nodeIndex = fc.nat(2);

/** Everything that can happen to the queue, in any order. What is frequent in life is frequent here. */
export function anyCommands(size: number) {
  return fc.commands(
    [
      submissions,
      nodeIndex.map(claim),
      nodeIndex.map(claim),
      nodeIndex.map(claim),
      fc.tuple(index, fc.boolean()).map(([which, well]) => readPage(which, well)),
      index.map(settle),
      index.map(settle),
      index.map(settle),
      fc.tuple(index, fc.boolean()).map(([which, retryable]) => failAttempt(which, retryable)),
      index.map(giveBack),
      index.map(postpone),
      nodeIndex.map((node) => new Step(`kill(${node})`, (_model, world) => world.kill(node))),
      fc.constant(new Step('rescue()', rescue)),
      index.map(lose),
      index.map(lose),
      fc.tuple(index, fc.constantFrom('pause', 'resume', 'cancel')).map(([which, action]) => act(which, action)),
      index.map(retry),
      fc.tuple(index, fc.constantFrom(...PRIORITIES)).map(([which, priority]) => setPriority(which, priority)),
      index.map(expire),
    ],
    { maxCommands: size, size: 'max' },
  );
}

const submissions = fc
  .record({
    pageCount: fc.integer({ min: 1, max: 9 }),
    odd: fc.boolean(),
    chunkSize: fc.integer({ min: 1, max: 4 }),
    priority: fc.constantFrom(...PRIORITIES),
  })
  .map(
    ({ pageCount, odd, chunkSize, priority }) =>
      new Step(`submit(${pageCount} pages${odd ? ', the odd ones' : ''}, by ${chunkSize}, ${priority})`, async (model, world) => {
        const ranges = odd ? Array.from({ length: Math.ceil(pageCount / 2) }, (_, n) => 2 * n + 1).join(',') : undefined;
        const id = await world.queue.submit({ priority, options: { chunk_size: chunkSize, pages: ranges } });
        model.submit({ id, priority, pageCount, ranges, chunkSize });
      }),
  );

function claim(nodeIndex: number): Step {
  return new Step(`claim(by ${nodeIndex})`, async (model, world) => {
    const expected = await world.nextInLine(model, OPEN_TASKS);
    const got = await world.queue.claim((await world.node(nodeIndex)).id);
    if (got === undefined) return expect(expected, 'nothing to claim').toEqual([]);
    const found = expected.find(
      ({ task, job }) => task.id === got.task.id && job.kind === got.kind && job.first === got.firstPage,
    );
    if (found === undefined) throw new Error(`Claimed ${got.kind} ${got.firstPage} of ${got.task.id} out of its turn.`);
    const { task, job } = found;
    expect(
      world.claims.filter((held) => held.stands && held.job === job),
      'one live claim a job',
    ).toEqual([]);
    model.started(task, job);
    expect(got.attempt).toBe(job.attempt);
    world.claims.push({ claim: got, task, job, stands: true });
  });
}

/** Does something with a claim that was given out some time: it works while the claim stands, else it bounces off. */
function withClaim<T>(
  name: string,
  which: number,
  real: (held: HeldClaim, world: QueueWorld) => Promise<T>,
  modelled: (model: QueueModel, held: HeldClaim, done: T) => void,
): Step {
  return new Step(`${name}(claim ${which})`, async (model, world) => {
    // Two of three times a claim that stands, else any: most of those are a zombie's.
    const among = which % 3 > 0 ? world.claims.filter(({ stands }) => stands) : world.claims;
    const held = among.at(-1 - (Math.floor(which / 3) % Math.max(1, among.length)));
    if (held === undefined) return;
    if (!held.stands) return void (await expect(real(held, world)).rejects.toBeInstanceOf(ClaimLost));
    modelled(model, held, await real(held, world));
  });
}

function readPage(which: number, well: boolean): Step {
  return withClaim(
    well ? 'readPage' : 'failPage',
    which,
    async ({ claim, job, task, stands }, world) => {
      const page = stands ? missingOf(task, job.first, job.last)[0] : (claim.firstPage ?? 1);
      if (page === undefined) return undefined;
      const { checkpoints } = world.queue;
      if (well) await checkpoints.pageDone(claim, pageResult(page), never);
      else await checkpoints.pageFailed(claim, page, new OcrError('render_failed'), 1, never);
      return page;
    },
    (model, { task, job }, page) => {
      if (page !== undefined) model.pageRead(task, job, page, well);
    },
  );
}

function settle(which: number): Step {
  return withClaim(
    'settle',
    which,
    async ({ claim, task, job, stands }, { queue }) => {
      const { settlement } = queue;
      const read = stands ? missingOf(task, job.first, job.last) : [];
      for (const page of read) await queue.checkpoints.pageDone(claim, pageResult(page), never);
      if (claim.kind === 'prepare') await settlement.prepared(claim, { documentKey: 'key', pageCount: task.pageCount });
      else if (claim.kind === 'merge') await settlement.merged(claim, {});
      else await settlement.chunkFinished(claim);
      return read;
    },
    (model, held, read) => {
      const { task, job } = held;
      for (const page of read) model.pageRead(task, job, page, true);
      held.stands = false;
      if (job.kind === 'prepare') model.prepared(task, job);
      else if (job.kind === 'merge') model.merged(task, job);
      else model.chunkFinished(task, job);
    },
  );
}

function failAttempt(which: number, retryable: boolean): Step {
  return withClaim(
    retryable ? 'failForNow' : 'failForGood',
    which,
    ({ claim }, { queue }) => queue.settlement.failed(claim, new OcrError(retryable ? 'engine_crashed' : 'damaged_document')),
    (model, held) => {
      held.stands = false;
      model.attemptFailed(held.task, held.job, retryable);
    },
  );
}

function giveBack(which: number): Step {
  return withClaim(
    'giveBack',
    which,
    ({ claim }, { queue }) => queue.settlement.givenBack(claim),
    (model, held) => {
      held.stands = false;
      model.givenBack(held.job);
    },
  );
}

/** The store was full: the same as giving back, but for the wait (none here) and the reason. */
function postpone(which: number): Step {
  return withClaim(
    'postpone',
    which,
    ({ claim }, { queue }) => queue.settlement.postponed(claim, new OcrError('storage_full'), 0),
    (model, held) => {
      held.stands = false;
      model.givenBack(held.job);
    },
  );
}

/** Puts back what lost nodes held. */
export async function rescue(model: QueueModel, world: QueueWorld): Promise<void> {
  const lost = world.lost;
  expect(await world.queue.rescuer.runOnce()).toBe(lost.length);
  for (const held of lost) {
    held.stands = false;
    model.rescued(held.task, held.job);
  }
}

/** The node of a claim dies, and what it held is put back: twice in a row splits a chunk, four times gives it up. */
function lose(which: number): Step {
  return new Step(`lose(claim ${which})`, async (model, world) => {
    const held = world.claims.filter(({ stands }) => stands).at(-1 - (which % 3));
    const node = world.nodes.findIndex((each) => each?.id === held?.claim.nodeId);
    if (node >= 0) await world.kill(node);
    await rescue(model, world);
  });
}

/** Does something to a task in whatever state: it works where the transition table says so, else it is refused. */
function withTask(
  name: string,
  which: number,
  real: (id: string, world: QueueWorld) => Promise<unknown>,
  modelled: (model: QueueModel, task: ModelTask, world: QueueWorld) => void,
): Step {
  return new Step(
    `${name}(task ${which})`,
    async (model, world) => {
      const task = [...model.tasks.values()].at(-1 - (which % model.tasks.size))!;
      let refusal: unknown;
      try {
        modelled(model, task, world);
      } catch (error) {
        refusal = error;
      }
      if (refusal === undefined) await real(task.id, world);
      else await expect(real(task.id, world)).rejects.toMatchObject({ code: (refusal as OcrError).code });
    },
    (model) => model.tasks.size > 0,
  );
}

function act(which: number, action: 'pause' | 'resume' | 'cancel'): Step {
  return withTask(
    action,
    which,
    (id, { queue }) => queue.tasks[action](id),
    (model, task, world) => {
      model.act(task, action);
      if (action !== 'resume') world.endClaimsOf(task);
    },
  );
}

function retry(which: number): Step {
  return withTask(
    'retry',
    which,
    (id, { queue }) => queue.tasks.retry(id),
    (model, task) => model.retry(task),
  );
}

function setPriority(which: number, priority: ModelTask['priority']): Step {
  return withTask(
    `setPriority ${priority} `,
    which,
    (id, { queue }) => queue.tasks.setPriority(id, priority),
    (model, task) => {
      if (model.isFinal(task)) throw new OcrError('invalid_transition');
      task.priority = priority;
    },
  );
}

/** Lets a task's time of retention pass: it goes when it is finished, and only then. */
function expire(which: number): Step {
  return withTask(
    'expire',
    which,
    async (id, { queue }) => {
      await queue.database.query(
        `UPDATE ocr_tasks SET created_at = now() - interval '2 days',
           finished_at = CASE WHEN finished_at IS NOT NULL THEN now() - interval '2 days' END WHERE id = $1`,
        [id],
      );
      await queue.sweeper.runOnce();
    },
    (model, task, world) => {
      if (!model.isFinal(task)) return;
      model.tasks.delete(task.id);
      world.endClaimsOf(task);
    },
  );
}

function missingOf(task: ModelTask, first: number | null, last: number | null): number[] {
  if (first === null || last === null) return [];
  const pages = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  return pages.filter((page) => {
    const selected = task.ranges === undefined || task.ranges.split(',').includes(String(page));
    return selected && !task.done.has(page) && !task.failed.has(page);
  });
}

/** Works until nothing is left, as live nodes would after all the disturbance. */
export async function workOff(model: QueueModel, world: QueueWorld): Promise<void> {
  for (const node of world.nodes.keys()) await world.kill(node);
  await rescue(model, world);
  await world.expectSame(model);
  for (let turns = 0; (await world.nextInLine(model, OPEN_TASKS)).length > 0; turns++) {
    expect(turns, 'work ends some time').toBeLessThan(1000);
    await claim(0).run(model, world);
    await settle(1).run(model, world);
  }
}
