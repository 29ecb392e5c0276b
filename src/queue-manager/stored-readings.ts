import { Injectable } from '@nestjs/common';
import type { CachedReading, CacheHolder, PageCache } from '../base-ocr/page-cache.js';
import { Database } from '../database/database.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { findReading, keepReading } from './sql/page-cache.sql.js';

/**
 * The page cache all nodes share: a table of readings, and which tasks use them. A reading is given to nobody any more once the last of
 * these tasks is deleted or `completed_task_retention` has passed; the retention sweeper's next run removes it.
 */
@Injectable()
export class StoredReadings implements PageCache {
  constructor(
    private readonly database: Database,
    private readonly live: LiveSettings,
  ) {}

  async find({ tenant, task }: CacheHolder, key: string): Promise<CachedReading | null> {
    const retention = this.live.value('completed_task_retention');
    const { rows } = await this.database.query<{ reading: CachedReading }>(findReading, [tenant, key, retention, task]);
    return rows[0]?.reading ?? null;
  }

  async keep({ tenant, task }: CacheHolder, key: string, reading: CachedReading): Promise<void> {
    await this.database.query(keepReading, [tenant, key, JSON.stringify(reading), task]);
  }
}
