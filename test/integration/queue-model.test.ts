import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anyCommands, OPEN_TASKS, workOff } from '../support/queue-model/commands.js';
import { QueueModel } from '../support/queue-model/model.js';
import { QueueWorld } from '../support/queue-model/world.js';
import { QueueHarness } from '../support/queue-harness.js';

const RUNS = 100;
/** Milliseconds after which no further run is begun: a slow machine makes fewer runs, not a red test. */
const BUDGET = 60_000;

let queue: QueueHarness;
beforeAll(async () => {
  queue = await QueueHarness.start({ max_concurrent_tasks: OPEN_TASKS });
});
afterAll(() => queue.close());

/**
 * Any sequence of submissions, claims, pages, settlements, failures, crashes, rescues, pauses, resumes, cancellations, retries,
 * changes of priority and retention leads the real queue, on a real PostgreSQL, exactly where the model says: every row of
 * tasks, jobs and pages is compared after every step, every event at the end. A failure names its seed and the shortest
 * sequence that shows it: run it again with OCR_MODEL_SEED.
 */
it('does what the model of its lifecycle says', { timeout: 3 * BUDGET }, async () => {
  const seed = Number(process.env.OCR_MODEL_SEED ?? Date.now() % 2 ** 31);
  const result = await fc.check(
    fc.asyncProperty(anyCommands(120), async (commands) => {
      await queue.database.query('TRUNCATE ocr_tasks, ocr_jobs, ocr_pages, ocr_events, ocr_nodes, ocr_trash CASCADE');
      const model = new QueueModel();
      const world = new QueueWorld(queue);
      await fc.asyncModelRun(() => ({ model, real: world }), commands);
      await workOff(model, world);
      for (const task of model.tasks.values()) {
        expect(['completed', 'completed_with_errors', 'failed', 'cancelled', 'paused']).toContain(task.status);
      }
      await world.expectSameEvents(model);
    }),
    { seed, numRuns: RUNS, interruptAfterTimeLimit: BUDGET, endOnFailure: false },
  );
  if (result.failed) {
    throw new Error(`OCR_MODEL_SEED=${seed}\n${fc.defaultReportMessage(result)}`, { cause: result.errorInstance });
  }
  expect(result.numRuns).toBeGreaterThan(10);
});
