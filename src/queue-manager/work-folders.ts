import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { standingClaims } from './sql/leftovers.sql.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Folders for what a job makes on this machine's disk before it goes into the store. Each bears the token of its claim, so
 * what a killed process left is known by its claim standing no more.
 */
@Injectable()
export class WorkFolders {
  private readonly root: string;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly database: Database,
  ) {
    this.root = join(settings.data_dir, 'work');
  }

  /** Gives `work` an empty folder of its own and removes it afterwards, whatever happens. */
  async use<T>(token: string, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.root, token);
    try {
      await mkdir(folder, { recursive: true });
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Removes the folders whose claims no longer stand. Safe while other processes use the same disk. */
  async runOnce(): Promise<void> {
    const tokens = (await readdir(this.root).catch(() => [])).filter((name) => UUID.test(name));
    if (tokens.length === 0) return;
    const { rows } = await this.database.query<{ token: string }>(standingClaims, [tokens]);
    const standing = new Set(rows.map((row) => row.token));
    for (const token of tokens) {
      if (!standing.has(token)) await rm(join(this.root, token), { recursive: true, force: true });
    }
  }
}
