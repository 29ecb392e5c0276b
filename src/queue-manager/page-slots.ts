/**
 * The node's places for pages in work. Whoever waits longest is next. Pages of all chunks the node holds share them, so no
 * core idles at a chunk's end.
 */
export class PageSlots {
  private busy = 0;
  private announced = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    readonly size: number,
    /** Called when a place became free and nobody waited for it. */
    private readonly onFree: () => void = () => {},
  ) {}

  /** Places without a page in work, less the pages waiting for one or announced. Zero or less: nothing more should be claimed. */
  get free(): number {
    return this.size - this.busy - this.queue.length - this.announced;
  }

  get running(): number {
    return this.busy;
  }

  /** Runs `work` once a place is free. Rejects with the signal's reason when aborted while waiting. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.acquire(signal);
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /** Announces pages that will ask for places soon, so that nothing else is claimed for them meanwhile. */
  announce(pages: number): AnnouncedPages {
    this.announced += pages;
    return new AnnouncedPages(
      this,
      pages,
      (change) => (this.announced += change),
      () => this.onFree(),
    );
  }

  private acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.busy < this.size) {
      this.busy++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.queue.splice(this.queue.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.queue.push(enter);
    });
  }

  private release(): void {
    const next = this.queue.shift();
    if (next !== undefined) return next();
    this.busy--;
    this.onFree();
  }
}

/** The pages of one chunk on their way to the node's places. */
export class AnnouncedPages {
  constructor(
    private readonly slots: PageSlots,
    private left: number,
    private readonly changed: (change: number) => void,
    private readonly onFewer: () => void,
  ) {}

  /** As {@link PageSlots.run}, for one of the announced pages. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    this.change(Math.max(0, this.left - 1));
    return this.slots.run(signal, work);
  }

  /** As {@link PageSlots.run}, for work that goes before the announced pages, which are still to come. */
  runAhead<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.slots.run(signal, work);
  }

  /** So many pages are still to come, be they more than were announced or fewer. */
  expect(pages: number): void {
    const isFewer = pages < this.left;
    this.change(pages);
    if (isFewer) this.onFewer();
  }

  /** No more pages come than those that came. */
  end(): void {
    this.change(0);
  }

  private change(left: number): void {
    this.changed(left - this.left);
    this.left = left;
  }
}
