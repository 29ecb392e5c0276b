import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Logs } from '../logging/logs.js';
import { forgetForAll, readForAll, sayForAll } from './sql/for-all.sql.js';

/** Seconds what was said of the address for all tasks is good for where a scheduler has none. */
const GOOD_FOR = 300;

/**
 * The address for all tasks (`webhook_url`), over all processes: those that have it say so in the database, with the events that go there, and whoever
 * writes an event reads it there. It is forgotten by a scheduler without an address, some minutes after the last process with one has gone;
 * while no scheduler is there, what is to be told is kept for the next. Where processes disagree, they warn. Safe on every node at once.
 */
@Injectable()
export class WebhookForAll {
  /** What this process has said. */
  private said: string | undefined;
  /** What was warned of already. */
  private warned: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly logs: Logs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async runOnce(): Promise<void> {
    if (this.settings.webhook_url !== undefined) await this.say();
    else if (this.settings.roles.includes('scheduler')) await this.lookAfterOthers();
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

  private async lookAfterOthers(): Promise<void> {
    await this.database.query(forgetForAll, [GOOD_FOR]);
    const { rows } = await this.database.query(readForAll);
    if (rows.length > 0)
      this.warn(
        'webhook_url is set in another process, or was minutes ago, but not in this scheduler: it cannot send what goes there.',
      );
    else this.warned = undefined;
  }

  private warn(message: string): void {
    if (this.warned !== message) this.logs.queue.warn(message);
    this.warned = message;
  }
}
