import { OcrError } from '../../../errors/ocr-error.js';
import type { RecogniseRequest } from '../ocr-engine.js';
import type { FoundBlock } from './found.js';

/** Reads pages of one language in one request; gives what stands on each, in their order. Aborting the signal ends the request. */
export type ReadTogether = (
  pages: readonly RecogniseRequest[],
  signal: AbortSignal,
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
 */
export class PageGroups {
  private waiting: Waiting[] = [];
  private underWay = 0;
  private scheduled: NodeJS.Immediate | undefined;

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
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, most: Infinity, resolve, reject });
      this.scheduled ??= setImmediate(() => {
        this.scheduled = undefined;
        this.pump();
      });
    });
  }

  private pump(): void {
    this.waiting = this.waiting.filter(({ request, reject }) => {
      if (request.signal.aborted) reject(request.signal.reason);
      return !request.signal.aborted;
    });
    while (this.underWay < this.limits.slots && this.waiting.length > 0) this.start(this.nextGroup());
  }

  /** Sends a group, which holds its place until its request has ended, or should have. */
  private start(group: readonly Waiting[]): void {
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
    unwanted.signal.addEventListener('abort', () => (grace = setTimeout(release, graceMs)), { once: true });
    this.underWay += 1;
    void this.send(group, unwanted).finally(release);
  }

  /** The page that waits longest, and others that can go with it. */
  private nextGroup(): readonly Waiting[] {
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

  private async send(group: readonly Waiting[], unwanted: AbortController): Promise<void> {
    let wanted = group.length;
    const leaves = group.map(({ request: { signal }, reject }) => {
      const leave = () => {
        reject(signal.reason);
        wanted -= 1;
        if (wanted === 0) unwanted.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      return () => signal.removeEventListener('abort', leave);
    });
    try {
      const found = await this.read(
        group.map(({ request }) => request),
        unwanted.signal,
      );
      group.forEach(({ resolve }, index) => resolve(found[index] ?? []));
    } catch (error) {
      if (group.length > 1 && error instanceof OcrError && error.code === 'engine_failed') {
        const most = this.limits.smaller(group.length);
        this.waiting.unshift(...group.map((page) => ({ ...page, most })));
      } else for (const { reject } of group) reject(error);
    } finally {
      for (const forget of leaves) forget();
    }
  }
}
