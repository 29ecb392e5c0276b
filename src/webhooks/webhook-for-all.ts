import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Logs } from '../logging/logs.js';
import { forgetForAll, readForAll, sayForAll } from './sql/for-all.sql.js';

/** Milliseconds for which what was said of the address for all tasks is good: a day, as long as what nobody sends is kept. */
const GOOD_FOR = 24 * 3600 * 1000;

/**
 * The address for all tasks (`webhook_url`), over all processes: those that have it say so in the database, with the events that go there, and whoever
 * writes an event reads it there. It is forgotten by a scheduler without an address, which has itself seen for a day that nobody says so any more: what is to
 * be told meanwhile is kept for those that have it. Where processes disagree, they warn. Safe on every node at once.
 */
@Injectable()
export class WebhookForAll {
  /** What this process has said. */
  private said: string | undefined;
  /** What was said last by others, and since when this process has seen nothing newer, in milliseconds of a clock that only goes forward. */
  private seen: { at: string; since: number } | undefined;
  /** What was warned of already. */
  private warned: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly logs: Logs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @param now milliseconds of a clock that only goes forward */
  async runOnce(now = performance.now()): Promise<void> {
    if (this.settings.webhook_url !== undefined) await this.say();
    else if (this.settings.roles.includes('scheduler')) await this.lookAfterOthers(now);
  }

  private async say(): Promise<void> {
    const events = JSON.stringify([...new Set(this.settings.webhook_events)].sort());
    const { rows } = await this.database.query<{ events: string[] }>(sayForAll, [events]);
    const before = rows[0] && JSON.stringify(rows[0].events);
    // What was there before this process began may be of other times; what has changed since is of a process that lives.
    if (this.said !== undefined && before !== undefined && before !== this.said)
      this.warn(
        'webhook_events is another one in another process: which events go to webhook_url changes with the process that spoke last.',
      );
    this.said = events;
  }

  private async lookAfterOthers(now: number): Promise<void> {
    const { rows } = await this.database.query<{ said_at: string }>(readForAll);
    const at = rows[0]?.said_at;
    if (at !== this.seen?.at) this.seen = at === undefined ? undefined : { at, since: now };
    if (this.seen === undefined) this.warned = undefined;
    else if (now - this.seen.since >= GOOD_FOR) await this.database.query(forgetForAll, [this.seen.at]);
    else
      this.warn(
        'webhook_url is set in another process, or was less than a day ago, but not in this scheduler: it cannot send what goes there.',
      );
  }

  private warn(message: string): void {
    if (this.warned !== message) this.logs.queue.warn(message);
    this.warned = message;
  }
}
