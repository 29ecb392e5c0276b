import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Listener } from '../database/listener.js';
import { Loop } from '../threads/loop.js';
import { Logs } from '../logging/logs.js';
import { CHANNELS } from './channels.js';
import { eventsAfter, firstToldAnew, tailStart } from './sql/events.sql.js';
import type { TaskEvent } from './task.types.js';

/**
 * How long an id that was skipped is looked for. Transactions that write events last milliseconds, but that of a process that
 * was stopped in the middle lasts until the server ends it (a minute).
 */
const GAP_PATIENCE_MS = 120_000;
const MOST_GAPS = 10_000;
/** Of these few at the beginning: some are ids of events that are gone, which are looked for in vain. */
const MOST_GAPS_AT_START = 1000;
const BATCH = 1000;

interface TailStart {
  id: string;
  now: Date;
  missing: string[];
}

/**
 * What happens to tasks, on whatever node: every process tails `ocr_events` from the moment it starts, woken by NOTIFY and
 * by polling. Each event reaches each process once, in order of id (an id whose transaction committed late comes later).
 * The gateway and the dispatcher listen here.
 */
@Injectable()
export class TaskEvents implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly subject = new Subject<TaskEvent>();
  private readonly moved = new Subject<readonly string[]>();
  private readonly gaps = new Map<bigint, number>();
  /** What it does in the background: part of readiness. */
  readonly loop: Loop;
  private last: bigint | undefined;
  /** When the newest event told of came, by the database's clock. */
  private lastAt = new Date(0);
  /** The database was away: it may have lost what it had not yet written. */
  private isDoubtful = false;

  constructor(
    private readonly database: Database,
    listener: Listener,
    @Inject(SETTINGS) settings: Settings,
    logs: Logs,
  ) {
    this.loop = new Loop('event tail', () => this.runOnce(), settings.poll_interval * 1000, logs.queue);
    listener.on(CHANNELS.events, () => this.loop.wake());
    listener.onReconnected(() => {
      this.isDoubtful = true;
      this.loop.wake();
    });
    listener.on(CHANNELS.progress, (payload) => this.moved.next(payload === '' ? [] : payload.split(',')));
  }

  /** Every event from now on. */
  get events(): Observable<TaskEvent> {
    return this.subject;
  }

  /** Ids of tasks whose pages moved on; an empty list means "some did, look yourself". Hints: they may get lost. */
  get progressed(): Observable<readonly string[]> {
    return this.moved;
  }

  /** The newest id told so far: every event up to it has been told, those of transactions still under way apart. */
  get position(): string {
    return String(this.last ?? 0n);
  }

  /** Looks for events at once, for somebody who knows that there are some. */
  wake(): void {
    this.loop.wake();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runOnce();
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Reads what came since the last time and gives it to the listeners. */
  async runOnce(): Promise<void> {
    if (this.last === undefined) return this.begin();
    try {
      if (this.isDoubtful) this.last = await this.lookBack(this.last);
      this.isDoubtful = false;
      await this.readOn();
    } catch (error) {
      this.isDoubtful = true;
      throw error;
    }
  }

  /** Begins at the newest event there is. What others are writing under smaller ids at this moment is still to come. */
  private async begin(): Promise<void> {
    const { rows } = await this.database.query<TailStart>(tailStart, [GAP_PATIENCE_MS / 1000, MOST_GAPS_AT_START]);
    const { id, now, missing } = rows[0]!; // an aggregate gives one row
    this.last = BigInt(id);
    this.lastAt = now;
    for (const one of missing) this.gaps.set(BigInt(one), performance.now());
  }

  /** Where to read on after the database was away: before the first event that bears an id told of before, if there is one. */
  private async lookBack(last: bigint): Promise<bigint> {
    const { rows } = await this.database.query<{ id: string | null }>(firstToldAnew, [String(last), this.lastAt]);
    const first = rows[0]!.id;
    if (first === null) return last;
    for (const id of this.gaps.keys()) if (id >= BigInt(first)) this.gaps.delete(id);
    return BigInt(first) - 1n;
  }

  private async readOn(): Promise<void> {
    for (;;) {
      const { rows } = await this.database.query<TaskEvent>(eventsAfter, [
        String(this.last),
        [...this.gaps.keys()].map(String),
        BATCH,
      ]);
      rows.sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)));
      for (const event of rows) {
        this.advance(BigInt(event.id));
        if (event.created_at > this.lastAt) this.lastAt = event.created_at;
        this.subject.next(event);
      }
      this.forgetOldGaps();
      if (rows.length < BATCH) return;
    }
  }

  private advance(id: bigint): void {
    if (this.gaps.delete(id) || this.last === undefined) return;
    const now = performance.now();
    for (let missing = this.last + 1n; missing < id && this.gaps.size < MOST_GAPS; missing++) this.gaps.set(missing, now);
    this.last = id;
  }

  private forgetOldGaps(): void {
    const oldest = performance.now() - GAP_PATIENCE_MS;
    for (const [id, since] of this.gaps) if (since < oldest) this.gaps.delete(id);
  }
}
