import { describe, expect, it } from 'vitest';
import { OcrError } from '../../../errors/ocr-error.js';
import type { RecogniseRequest } from '../ocr-engine.js';
import type { FoundBlock } from './found.js';
import { PageGroups, type ReadTogether } from './page-groups.js';

/** A page told from the others by its width. */
function page(width: number, language = 'eng', signal = new AbortController().signal): RecogniseRequest {
  return { image: { width, height: 1, data: new Uint8Array(width), dpi: 200 }, language, signal };
}

const blockOf = (width: number): FoundBlock[] => [
  [[[{ text: `${width}`, box: { x0: 0, y0: 0, x1: 1, y1: 1 }, confidence: 90 }]]],
];
const widthOf = (blocks: readonly FoundBlock[]) => Number(blocks[0]![0]![0]![0]!.text);
const moment = () => new Promise((resolve) => setImmediate(resolve));

/** A service that answers when it is told to, and refuses the pages of certain widths. */
class Service {
  readonly asked: number[][] = [];
  readonly signals: AbortSignal[] = [];
  private readonly answers: (() => void)[] = [];

  /** @param most pages it takes in a request */
  constructor(
    private readonly refused: { width: number; error: Error }[] = [],
    private readonly most = Infinity,
  ) {}

  readonly read: ReadTogether = async (offered, signal, take) => {
    const pages = offered.slice(0, this.most);
    take(pages.length);
    this.asked.push(pages.map(({ image }) => image.width));
    this.signals.push(signal);
    await new Promise<void>((resolve) => this.answers.push(resolve));
    for (const { image } of pages) {
      const refusal = this.refused.find(({ width }) => width === image.width);
      if (refusal !== undefined) throw refusal.error;
    }
    return pages.map(({ image }) => blockOf(image.width));
  };

  async answer(): Promise<void> {
    await moment();
    this.answers.shift()!();
    await moment();
  }
}

const upTo = (most: number) => ({
  share: (waiting: number, free: number) => Math.min(Math.ceil(waiting / free), most),
  smaller: () => 1,
});
/** Adds pages in the same moment. */
const together = (groups: PageGroups, ...pages: RecogniseRequest[]) =>
  pages.map((each) => groups.add(each).then(widthOf, (error: OcrError) => error.code ?? (error as Error).message));

describe('PageGroups', () => {
  it('sends at once, each for itself, while requests are free, and together what came while all requests were under way', async () => {
    const service = new Service();
    const groups = new PageGroups(service.read, { slots: 2, ...upTo(3) });
    const first = together(groups, page(1), page(2));
    await moment();
    const second = together(groups, page(3), page(4));
    await moment();
    const third = together(groups, page(5), page(6));
    await moment();
    expect(service.asked).toEqual([[1], [2]]);
    await service.answer();
    expect(service.asked).toEqual([[1], [2], [3, 4, 5]]);
    for (let n = 0; n < 3; n++) await service.answer();
    expect(await Promise.all([...first, ...second, ...third])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(service.asked).toHaveLength(4);
  });

  it('keeps languages apart', async () => {
    const service = new Service();
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9) });
    const read = together(groups, page(1), page(2, 'fra'), page(3), page(4, 'fra'));
    for (let n = 0; n < 2; n++) await service.answer();
    expect(await Promise.all(read)).toEqual([1, 2, 3, 4]);
    expect(service.asked).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  it('asks for each page alone when a group fails, and fails the one it was', async () => {
    const service = new Service([{ width: 3, error: new OcrError('engine_failed', { retryable: false }) }]);
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9) });
    const read = together(groups, page(2), page(3), page(4));
    for (let n = 0; n < 4; n++) await service.answer();
    expect(await Promise.all(read)).toEqual([2, 'engine_failed', 4]);
    expect(service.asked).toEqual([[2, 3, 4], [2], [3], [4]]);
  });

  it('fails the whole group at once for what has nothing to do with pages', async () => {
    const service = new Service([{ width: 3, error: new OcrError('engine_unavailable') }]);
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9) });
    const read = together(groups, page(2), page(3));
    await service.answer();
    expect(await Promise.all(read)).toEqual(['engine_unavailable', 'engine_unavailable']);
    expect(service.asked).toEqual([[2, 3]]);
  });

  it('goes down in steps where groups have several sizes', async () => {
    const service = new Service([{ width: 2, error: new OcrError('engine_failed') }]);
    const limits = { share: (waiting: number) => Math.min(waiting, 5), smaller: (failed: number) => (failed > 2 ? 2 : 1) };
    const groups = new PageGroups(service.read, { slots: 1, ...limits });
    const read = together(groups, page(2), page(3), page(4), page(5));
    for (let n = 0; n < 5; n++) await service.answer();
    expect(await Promise.all(read)).toEqual(['engine_failed', 3, 4, 5]);
    expect(service.asked).toEqual([[2, 3, 4, 5], [2, 3], [2], [3], [4, 5]]);
  });

  it('goes on without a page nobody wants any more, and ends the request none of whose pages is wanted', async () => {
    const service = new Service();
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9) });
    const stops = [1, 2, 3].map(() => new AbortController());
    const pages = stops.map(({ signal }, index) => page(index + 1, 'eng', signal));
    const read = together(groups, ...pages);
    stops[2]!.abort(new Error('not wanted while waiting'));
    await moment();
    expect(service.asked).toEqual([[1, 2]]);
    stops[0]!.abort(new Error('not wanted'));
    expect(await read[0]).toBe('not wanted');
    expect(service.signals[0]!.aborted).toBe(false);
    stops[1]!.abort(new Error('nor this'));
    expect(service.signals[0]!.aborted).toBe(true);
    await service.answer();
    expect(await Promise.all(read)).toEqual(['not wanted', 'nor this', 'not wanted while waiting']);
  });

  it('gives the place of a request nobody wants to the next one, even if it does not end', async () => {
    const service = new Service();
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9), graceMs: 5 });
    const stop = new AbortController();
    const [unwanted] = together(groups, page(1, 'eng', stop.signal));
    await moment();
    const [next] = together(groups, page(2));
    stop.abort(new Error('enough'));
    expect(await unwanted).toBe('enough');
    await expect.poll(() => service.asked).toEqual([[1], [2]]);
    await service.answer();
    await service.answer();
    expect(await next).toBe(2);
  });

  it('sends nothing before the time is over the service asks for', async () => {
    const service = new Service([{ width: 1, error: new OcrError('engine_unavailable', { retryAfter: 0.2 }) }]);
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(1) });
    const read = together(groups, page(1), page(2));
    const asked = performance.now();
    await service.answer();
    expect(await read[0]).toBe('engine_unavailable');
    await expect.poll(() => service.asked).toEqual([[1], [2]]);
    expect(performance.now() - asked).toBeGreaterThan(190);
    await service.answer();
    expect(await read[1]).toBe(2);
  });

  it('gives all pages back that wait when the service asks for a long time', async () => {
    const service = new Service([{ width: 1, error: new OcrError('engine_unavailable', { retryAfter: 60 }) }]);
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(1) });
    const read = together(groups, page(1), page(2));
    await service.answer();
    expect(await Promise.all(read)).toEqual(Array(2).fill('engine_unavailable'));
    expect(service.asked).toEqual([[1]]);
  });

  it('lets a page go at once that is aborted while it waits', async () => {
    const service = new Service();
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9) });
    const [first] = together(groups, page(1));
    await moment();
    const stop = new AbortController();
    const [waiting] = together(groups, page(2, 'eng', stop.signal));
    await moment();
    stop.abort(new Error('enough'));
    expect(await waiting).toBe('enough');
    await service.answer();
    expect(await first).toBe(1);
    expect(service.asked).toEqual([[1]]);
  });

  it('sends the pages of a group that are too much for one request with the next ones', async () => {
    const service = new Service([], 2);
    const groups = new PageGroups(service.read, { slots: 1, ...upTo(9) });
    const read = together(groups, page(1), page(2), page(3));
    await service.answer();
    expect(await Promise.all(read.slice(0, 2))).toEqual([1, 2]);
    await service.answer();
    expect(await read[2]).toBe(3);
    expect(service.asked).toEqual([[1, 2], [3]]);
  });

  it('ends when its requests have, or after a while', async () => {
    const service = new Service();
    const groups = new PageGroups(service.read, { slots: 2, ...upTo(9) });
    const read = together(groups, page(1));
    await moment();
    let over = false;
    const ended = groups.ended(60_000).then(() => (over = true));
    await moment();
    expect(over).toBe(false);
    await service.answer();
    await ended;
    expect(await read[0]).toBe(1);
    together(groups, page(2));
    await moment();
    await groups.ended(5);
  });
});
