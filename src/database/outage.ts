/** A pino logger fits. */
export interface OutageLog {
  warn(message: string): void;
  info(message: string): void;
}

/** Says when something begins to fail and when it works again, once each, however often it is tried in between. */
export class Outage {
  private begun = false;

  constructor(
    private readonly log: OutageLog,
    private readonly words: { begins: string; ends: string },
  ) {}

  get isUnderWay(): boolean {
    return this.begun;
  }

  failed(reason: unknown): void {
    if (!this.begun) this.log.warn(`${this.words.begins}: ${(reason as Error).message}`);
    this.begun = true;
  }

  worked(): void {
    if (this.begun) this.log.info(this.words.ends);
    this.begun = false;
  }
}
