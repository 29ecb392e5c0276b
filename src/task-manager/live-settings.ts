import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { z } from 'zod';
import { brokenRules, type BrokenRule } from '../config/setting-rules.js';
import { SETTINGS, settingsSchema, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Listener } from '../database/listener.js';
import { Notifier } from '../database/notifier.js';
import type { FieldError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { invalidRequest } from '../requests/invalid-request.js';
import { issueMessage } from '../requests/issue-message.js';
import { Loop } from '../threads/loop.js';
import { CHANNELS } from './channels.js';
import { clearLiveSetting, readLiveSettings, writeLiveSetting } from './sql/settings.sql.js';

/** The settings that can be changed while running, for all nodes at once. */
export const LIVE_SETTINGS = [
  'max_concurrent_tasks',
  'chunk_size',
  'chunk_timeout',
  'completed_task_retention',
  'max_queued_tasks',
] as const;
export type LiveSetting = (typeof LIVE_SETTINGS)[number];

/** Milliseconds between two looks when no notification came. */
const INTERVAL = 2000;

/**
 * Settings over all nodes: a value set through the API stands in the database and goes before what each process was
 * configured with, until it is cleared. A stored value that does not go with the other settings of this process is left out
 * here: what was stored before they were changed, or through a process that has others.
 */
@Injectable()
export class LiveSettings implements OnApplicationBootstrap, OnModuleDestroy {
  private changed = new Map<LiveSetting, number>();
  /** What was warned of already: what is stored is looked at every few seconds. */
  private warned: ReadonlySet<string> = new Set();
  /** What it does in the background: part of readiness. */
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    listener: Listener,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly logs: Logs,
  ) {
    this.loop = new Loop('live settings', () => this.runOnce(), INTERVAL, logs.queue);
    listener.on(CHANNELS.settings, () => this.loop.wake());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runOnce();
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** The value in force. */
  value(name: LiveSetting): number {
    return this.changed.get(name) ?? this.settings[name];
  }

  /** True when the value in force was set while running. */
  isChanged(name: LiveSetting): boolean {
    return this.changed.has(name);
  }

  /**
   * Changes settings for all nodes; null goes back to what each was configured with.
   * @throws OcrError invalid_request naming every wrong one; nothing is changed then
   */
  async change(values: Readonly<Record<string, unknown>>): Promise<void> {
    const wrong: FieldError[] = [];
    const accepted: [LiveSetting, number | null][] = [];
    for (const [name, value] of Object.entries(values)) {
      if (!isLive(name)) {
        const message = Object.hasOwn(settingsSchema.shape, name)
          ? 'cannot be changed while running; these can'
          : 'is not a setting; these can be changed';
        wrong.push({ field: name, message, allowed: LIVE_SETTINGS });
      } else if (value === null) {
        accepted.push([name, null]);
      } else {
        const parsed = typeof value === 'number' ? settingsSchema.shape[name].safeParse(value) : undefined;
        if (parsed?.success) accepted.push([name, parsed.data]);
        else wrong.push({ field: name, message: parsed === undefined ? 'must be a number, or null' : whyNot(parsed.error) });
      }
    }
    const inForce = new Map(this.changed);
    for (const [name, value] of accepted) {
      if (value === null) inForce.delete(name);
      else inForce.set(name, value);
    }
    for (const { setting, message } of this.rulesBrokenBy(inForce)) wrong.push({ field: setting, message });
    if (wrong.length > 0) throw invalidRequest(wrong);
    await this.database.transaction(async (tx) => {
      for (const [name, value] of accepted) {
        if (value === null) await tx.query(clearLiveSetting, [name]);
        else await tx.query(writeLiveSetting, [name, JSON.stringify(value)]);
      }
    });
    await this.runOnce();
    this.notifier.notify(CHANNELS.settings);
    this.notifier.notify(CHANNELS.jobs);
  }

  /** Reads what was changed. */
  async runOnce(): Promise<void> {
    const { rows } = await this.database.query<{ name: string; value: number }>(readLiveSettings);
    const stored = new Map(rows.flatMap(({ name, value }) => (isLive(name) ? [[name, value] as const] : [])));
    const lines = new Set<string>();
    for (const { setting, message } of this.rulesBrokenBy(stored)) {
      const value = isLive(setting) ? stored.get(setting) : undefined;
      if (!isLive(setting) || value === undefined) continue;
      stored.delete(setting);
      const line = `${setting} was set to ${value} while running, but ${message}: ${this.settings[setting]} holds here. Set it again, or to null.`;
      lines.add(line);
      if (!this.warned.has(line)) this.logs.queue.warn({ setting, value }, line);
    }
    this.warned = lines;
    this.changed = stored;
  }

  private rulesBrokenBy(changed: ReadonlyMap<LiveSetting, number>): BrokenRule[] {
    return brokenRules({ ...this.settings, ...Object.fromEntries(changed) });
  }
}

function isLive(name: string): name is LiveSetting {
  return (LIVE_SETTINGS as readonly string[]).includes(name);
}

function whyNot({ issues }: z.ZodError): string {
  return issues.map(issueMessage).join(', ');
}
