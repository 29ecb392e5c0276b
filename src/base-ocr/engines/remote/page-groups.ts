import { setTimeout as wait } from 'node:timers/promises';
import { OcrError } from '../../../errors/ocr-error.js';
import type { RecogniseRequest } from '../ocr-engine.js';
import type { FoundBlock } from './found.js';
import { LONGEST_PAUSE } from './remote-errors.js';

/**
 * Reads pages of one language in one request; gives what stands on each, in their order. Aborting the signal ends the request.
 * @param take to be called where the request does not take all of them: so many of the first do go, the others wait for another one
 */
export type ReadTogether = (
  pages: readonly RecogniseRequest[],
  signal: AbortSignal,
  take: (pages: number) => void,
) => Promise<readonly (readonly FoundBlock[])[]>;

export interface GroupLimits {
  /** Requests under way at the same time. */
  readonly slots: number;
  /** How many of so many waiting pages go into one request while so many requests are free, this one included: at least one. */
  share(waiting: number, free: number): number;
  /** The share of pages that failed together with so many others: fewer, so that what one page did wrong hits it alone in the end. */
  smaller(failed: number): number;
  /** Milliseconds a request may take to end once nobody wants it any more; then the next one goes out. */
  readonly graceMs?: number;
}

/** For a service that has not heard of it: it must not stand still for ever. */
const USUAL_GRACE_MS = 10_000;
/** Milliseconds after a throttle in which its pages, which wait it out elsewhere, come back to go together again. */
const RETURN_MS = 20;

interface Waiting {
  readonly request: RecogniseRequest;
  /** Most pages it may go together with, itself included. */
  readonly most: number;
  readonly resolve: (blocks: readonly FoundBlock[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Pages on their way to a service that takes several of them in one request. What comes goes out at once while
 * requests are free; pages that come while all are under way wait, and go together as soon as one has ended: nobody waits for a group to fill.
 * When the service asks for a short time, none goes out before it is over; for a long one, and those that wait are given back.
 */
export class PageGroups {
  private waiting: Waiting[] = [];
  /** Requests that hold a place; and all that have not ended, which may be more. */
  private underWay = 0;
  private readonly requests = new Set<Promise<void>>();
  private scheduled: NodeJS.Immediate | undefined;
  /** Until when nothing goes out (by performance.now()). */
  private throttle: { readonly until: number; readonly timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly read: ReadTogether,
    private readonly limits: GroupLimits,
  ) {}

  /**
   * Has the page read, with whichever others wait. What fails on a group is tried again in smaller ones, down to the page alone, unless it
   * has nothing to do with the pages.
   * @throws the signal's reason when it is aborted: at once; the request ends when none of its pages is wanted any more
   */
  add(request: RecogniseRequest): Promise<readonly FoundBlock[]> {
    const { signal } = request;
    return new Promise<readonly FoundBlock[]>((resolve, reject) => {
      const leave = () => {
        this.waiting = this.waiting.filter((page) => page.request !== request);
        reject(signal.reason as Error);
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      const stays = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', leave);
          settle(value);
        };
      };
      this.waiting.push({ request, most: Infinity, resolve: stays(resolve), reject: stays(reject) });
      this.pumpSoon();
    });
  }

  /** Resolves when every request has ended, or after so many milliseconds. */
  async ended(mostMs: number): Promise<void> {
    await Promise.race([Promise.all(this.requests), wait(mostMs, undefined, { ref: false })]);
  }

  private pumpSoon(): void {
    this.scheduled ??= setImmediate(() => {
      this.scheduled = undefined;
      this.pump();
    });
  }

  private pump(): void {
    if (this.throttle !== undefined) return;
    while (this.underWay < this.limits.slots && this.waiting.length > 0) this.start(this.nextGroup());
  }

  /** The page that waits longest, and others that can go with it. */
  private nextGroup(): Waiting[] {
    const [first] = this.waiting as [Waiting];
    const suitable = this.waiting.filter(({ request }) => request.language === first.request.language);
    const group: Waiting[] = [];
    for (const page of suitable.slice(0, this.limits.share(suitable.length, this.limits.slots - this.underWay))) {
      if (group.length >= Math.min(page.most, first.most)) break;
      group.push(page);
    }
    this.waiting = this.waiting.filter((page) => !group.includes(page));
    return group;
  }

  /** Sends a group, which holds its place until its request has ended, or should have. */
  private start(group: Waiting[]): void {
    const { graceMs = USUAL_GRACE_MS } = this.limits;
    const unwanted = new AbortController();
    let grace: NodeJS.Timeout | undefined;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      clearTimeout(grace);
      this.underWay -= 1;
      this.pump();
    };
    unwanted.signal.addEventListener('abort', () => (grace = setTimeout(release, graceMs).unref()), { once: true });
    this.underWay += 1;
    const request = this.send(group, unwanted).finally(() => {
      this.requests.delete(request);
      release();
    });
    this.requests.add(request);
  }

  private async send(group: Waiting[], unwanted: AbortController): Promise<void> {
    const look = () => {
      if (group.every(({ request }) => request.signal.aborted)) unwanted.abort(group[0]!.request.signal.reason);
    };
    const pages = group.map(({ request }) => request);
    for (const { signal } of pages) signal.addEventListener('abort', look, { once: true });
    try {
      const found = await this.read(pages, unwanted.signal, (count) => {
        this.putBack(group.splice(count));
        look();
      });
      group.forEach(({ resolve }, index) => resolve(found[index] ?? []));
    } catch (error) {
      if (error instanceof OcrError && error.retryAfter !== undefined) this.keepStill(error, error.retryAfter);
      const most = this.limits.smaller(group.length);
      if (group.length > 1 && error instanceof OcrError && error.code === 'engine_failed')
        this.putBack(group.map((page) => ({ ...page, most })));
      else for (const { reject } of group) reject(error);
    } finally {
      for (const { signal } of pages) signal.removeEventListener('abort', look);
    }
  }

  /** Has pages wait again, before all others. */
  private putBack(pages: readonly Waiting[]): void {
    this.waiting.unshift(...pages.filter(({ request }) => !request.signal.aborted));
    this.pumpSoon();
  }

  /** Sends nothing for so many seconds; when they are many, what waits is given back instead. */
  private keepStill(error: OcrError, seconds: number): void {
    if (seconds > LONGEST_PAUSE) {
      for (const { reject } of this.waiting.splice(0)) reject(error);
      return;
    }
    const until = performance.now() + seconds * 1000 + RETURN_MS;
    if (until <= (this.throttle?.until ?? 0)) return;
    clearTimeout(this.throttle?.timer);
    const over = () => {
      this.throttle = undefined;
      this.pump();
    };
    this.throttle = { until, timer: setTimeout(over, seconds * 1000 + RETURN_MS).unref() };
  }
}
