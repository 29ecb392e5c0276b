import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import type { PageContent } from '../../src/document/document.types.js';
import type { KeptPage } from '../../src/document/page-result.js';
import { ChunkJob } from '../../src/queue-manager/jobs/chunk.job.js';
import { PageSlots } from '../../src/queue-manager/page-slots.js';
import { TextCarriers } from '../../src/queue-manager/text-carriers.js';
import { WorkObserver } from '../../src/task-manager/work-observer.js';
import { pageResult, QueueHarness } from '../support/queue-harness.js';

const kept = (page: number): KeptPage => {
  const { blocks: _, ...facts } = pageResult(page);
  return { facts: { ...facts, source: 'kept' }, blocks: Buffer.from('[]'), words: 1 };
};

/** Chunks on a real queue; what their pages are like is the test's. */
describe('a chunk whose pages are looked into together', () => {
  let queue: QueueHarness;
  let node: string;
  let chunks: ChunkJob;
  let slots: PageSlots;
  let carriers: TextCarriers;
  /** Which pages carry their text. */
  let carriesText: (page: number) => boolean;
  /** Places free while each look, and each reading of a page, was under way. */
  let freeAt: Record<string, number>;

  beforeEach(async () => {
    queue = await QueueHarness.start();
    node = await queue.node();
    [slots, carriers, freeAt] = [new PageSlots(3), new TextCarriers(), {}];
    const ocr = {
      keepOwnText: async ({ pages }: { pages: readonly number[] }) => {
        freeAt[`look at ${pages[0]}`] = slots.free;
        const others = pages.filter((page) => !carriesText(page)).map((page) => [page, {} as PageContent] as const);
        return { kept: pages.filter(carriesText).map(kept), others: new Map(others) };
      },
      readPage: async ({ page }: { page: number }) => {
        freeAt[`read ${page}`] = slots.free;
        return { page, source: 'recognised', engine: null, confidence: 90, duration_ms: 1, blocks: [] };
      },
    } as unknown as BaseOcr;
    vi.spyOn(queue.store, 'withLocalFile').mockImplementation((_key, work) => work('/nowhere'));
    chunks = new ChunkJob(ocr, queue.checkpoints, queue.settlement, new WorkObserver(), carriers, queue.store, queue.settings);
  });
  afterEach(() => queue.close());

  const work = async (pageCount: number) => {
    const id = await queue.submit({ options: { chunk_size: 100 } });
    await queue.prepare(node, pageCount);
    const claim = await queue.mustClaim(node);
    return {
      carries: () => carriers.remember(id, true),
      process: async () => {
        const places = slots.announce(chunks.placesFor(claim));
        await chunks.process(claim, places, new AbortController().signal, () => undefined);
        places.end();
        return queue.checkpoints.finished(claim);
      },
    };
  };

  it('takes one place for each look where its document carries its text, so that others are looked into beside it', async () => {
    carriesText = () => true;
    const { carries, process } = await work(45);
    carries();
    expect((await process()).size).toBe(45);
    // of three places, one is the look's, and one each stands for the looks to come
    expect(freeAt).toEqual({ 'look at 1': 0, 'look at 21': 1, 'look at 41': 2 });
    expect(slots.free).toBe(3);
  });

  it('keeps places for its pages until they are looked into, and for those that must be read', async () => {
    carriesText = (page) => page !== 2;
    const { process } = await work(20);
    expect((await process()).size).toBe(20);
    expect(freeAt).toEqual({ 'look at 1': 3 - 1 - 20, 'read 2': 2 });
    expect(slots.free).toBe(3);
  });

  it('keeps a place for each page to come once one of them has to be read', async () => {
    carriesText = (page) => page !== 2;
    const { carries, process } = await work(25);
    carries();
    expect((await process()).size).toBe(25);
    // the page to be read, and, with nothing to read among the last five, those by themselves until they are looked into
    expect(freeAt).toEqual({ 'look at 1': 1, 'look at 21': 3 - 1 - 1 - 5, 'read 2': 2 });
  });
});
