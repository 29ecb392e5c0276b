/** The part of a logger a loop needs. */
export interface LoopLogger {
  warn(facts: object, message: string): void;
  info(facts: object, message: string): void;
}

/** Milliseconds after which a failed run is tried again at the latest: a rare duty must not stay undone for its whole interval. */
const RETRY_AFTER = 5000;

/**
 * Runs one background duty again and again: after each interval (in milliseconds), and at once when woken. Runs never overlap; a
 * failure is logged once when it begins and once when it is over, and the loop goes on: five seconds later at the latest.
 * `stop` waits for the run under way.
 */
export class Loop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private wanted = false;
  private started = false;
  private failing = false;

  constructor(
    readonly name: string,
    private readonly runOnce: () => Promise<unknown>,
    private readonly intervalMs: number,
    private readonly logger: LoopLogger,
  ) {}

  /** False while the last run failed: part of readiness. */
  get healthy(): boolean {
    return !this.failing;
  }

  start(): void {
    this.started = true;
    this.wake();
  }

  /** Runs now, or once more when a run is under way. */
  wake(): void {
    if (!this.started) return;
    this.wanted = true;
    this.running ??= this.runWanted().finally(() => {
      this.running = undefined;
      if (this.wanted) this.wake();
      else this.schedule();
    });
  }

  async stop(): Promise<void> {
    this.started = false;
    this.wanted = false;
    clearTimeout(this.timer);
    await this.running;
  }

  private async runWanted(): Promise<void> {
    clearTimeout(this.timer);
    while (this.wanted && this.started) {
      this.wanted = false;
      try {
        await this.runOnce();
        if (this.failing) this.logger.info({ loop: this.name }, `${this.name}: works again`);
        this.failing = false;
      } catch (error) {
        if (!this.failing) this.logger.warn({ loop: this.name, err: error }, `${this.name}: failed; trying again`);
        this.failing = true;
        return;
      }
    }
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const wait = this.failing ? Math.min(this.intervalMs, RETRY_AFTER) : this.intervalMs;
    if (this.started) this.timer = setTimeout(() => this.wake(), wait);
  }
}
