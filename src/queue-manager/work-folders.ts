import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';

/** Folders for what a job makes on this machine's disk before it goes into the store. */
@Injectable()
export class WorkFolders {
  private readonly root: string;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.root = join(settings.data_dir, 'work');
  }

  /** Gives `work` an empty folder of its own and removes it afterwards, whatever happens. */
  async use<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.root, name);
    await mkdir(folder, { recursive: true });
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
