import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { WorkObserver } from '../task-manager/work-observer.js';
import { giveUpOverdue } from './sql/deliveries.sql.js';
import { hostOf } from './webhook.types.js';

const BATCH = 1000;

/** Gives up what has waited too long for a receiver that is never well. Safe on every node at once. */
@Injectable()
export class OverdueWebhooks {
  constructor(
    private readonly database: Database,
    private readonly observer: WorkObserver,
    private readonly logs: Logs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async runOnce(): Promise<void> {
    const error = new OcrError('webhook_failed', { detail: 'The address has not answered to anything for too long' }).toStored();
    for (;;) {
      const { rows } = await this.database.query(giveUpOverdue, [this.settings.webhook_retry_hours, error, BATCH]);
      for (const { id, task_id, type, receiver } of rows) {
        this.observer.webhooks.next({ outcome: 'failed' });
        this.logs.tasks.warn({ task_id, webhook_id: id, type, receiver: hostOf(receiver) }, 'webhook given up: its time is over');
      }
      if (rows.length < BATCH) return;
    }
  }
}
