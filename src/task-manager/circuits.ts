import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import type { OcrError, StoredError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { CHANNELS } from './channels.js';
import { closeCircuit, countFailure, holdTasks, readCircuits, releaseTasks, type HoldRow } from './sql/circuits.sql.js';

/** Failures in a row that open a provider's circuit. */
const LIMIT = 5;
/** Seconds a circuit stays open the first time, and at most. */
const FIRST_OPENING = 15;
const LONGEST_OPENING = 300;
const BATCH = 5000;

/** One provider whose last calls failed. */
export interface Circuit {
  provider: string;
  failures: number;
  open: boolean;
  open_until: Date | null;
  error: StoredError | null;
}

/** True from the failure that opened it to the next success. */
export function hasOpened({ failures }: Circuit): boolean {
  return failures >= LIMIT;
}

/**
 * A circuit breaker for each provider, over all nodes. Failures in a row open it; while it is open, the tasks that depend on
 * the provider are held: they give their place to others and burn no attempt. It closes by itself: when its time is over the
 * tasks are let go, the first success forgets the failures, the first failure opens it again for twice as long.
 */
@Injectable()
export class Circuits {
  private known = new Map<string, Circuit>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
  ) {}

  /** True while the provider is not to be asked, as far as this node knows. */
  isOpen(provider: string): boolean {
    // By the database's word alone, which is asked every `poll_interval`: clocks of nodes may differ.
    return this.known.get(provider)?.open === true;
  }

  /**
   * True from the failure that opened the circuit to the next success: also while it lets pages through to see whether the provider is back.
   * @returns once all this node was told of is counted
   */
  async isDown(provider: string): Promise<boolean> {
    await this.settled();
    const circuit = this.known.get(provider);
    return circuit !== undefined && hasOpened(circuit);
  }

  all(): Circuit[] {
    return [...this.known.values()];
  }

  /** Tells of a page a provider failed on. Only one that cannot be reached counts: a bad page says nothing of the next. */
  failed(provider: string, error: OcrError): void {
    if (error.code === 'engine_unavailable') this.inBackground(this.countFailure(provider, error));
  }

  /** Tells of a provider that answered. */
  succeeded(provider: string): void {
    if (this.known.delete(provider)) this.inBackground(this.close(provider));
  }

  /** Resolves once everything told so far is in the database. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async countFailure(provider: string, error: OcrError): Promise<void> {
    const stored = error.toStored();
    const values = [provider, LIMIT, FIRST_OPENING, LONGEST_OPENING, error.retryAfter ?? 0, stored];
    const { rows } = await this.database.query<{ failures: number; open: boolean }>(countFailure, values);
    const { failures, open } = rows[0]!;
    const wasOpen = this.isOpen(provider);
    // Answers may overtake each other: an earlier count must not hide a later one.
    if (failures >= (this.known.get(provider)?.failures ?? 0))
      this.known.set(provider, { provider, failures, open, open_until: null, error: stored });
    if (!open) return;
    if (!wasOpen)
      this.logs.queue.warn({ provider, failures, code: error.code }, `circuit of ${provider} is open: its tasks are held`);
    await this.hold(provider);
  }

  private async close(provider: string): Promise<void> {
    await this.database.query(closeCircuit, [provider]);
    this.logs.queue.info({ provider }, `circuit of ${provider} is closed`);
    await this.runOnce();
  }

  /** Learns how the circuits stand, and lets go of the tasks whose time of waiting is over. */
  async runOnce(): Promise<void> {
    const { rows } = await this.database.query<Circuit>(readCircuits);
    this.known = new Map(rows.map((row) => [row.provider, row]));
    if ((await this.inBatches(releaseTasks, [])) > 0) this.notifier.notify(CHANNELS.jobs);
  }

  private inBackground(work: Promise<void>): void {
    const told = work.catch((error: unknown) => this.logs.queue.warn({ err: error }, 'a circuit could not be written down'));
    this.underWay.add(told);
    void told.finally(() => this.underWay.delete(told));
  }

  private async hold(provider: string): Promise<void> {
    await this.inBatches(holdTasks, [provider]);
    // Others take their place.
    this.notifier.notify(CHANNELS.jobs);
  }

  /** Holds tasks or lets them go, until none is left. @returns how many */
  private async inBatches(statement: Statement, values: readonly unknown[]): Promise<number> {
    let total = 0;
    for (let batch = BATCH; batch === BATCH; total += batch) {
      const { rows } = await this.database.query<HoldRow>(statement, [...values, BATCH]);
      const { changed, told } = rows[0]!; // two counts
      if (told > 0) this.notifier.notify(CHANNELS.events);
      batch = changed;
    }
    return total;
  }
}
