import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, nullWhenMissing } from './file-errors.js';

/** Milliseconds after which the folder of a process that gave no sign of life belongs to one that crashed. */
const ABANDONED_AGE = 24 * 3600 * 1000;

interface Entry {
  readonly path: string;
  readonly size: number;
  /** Settles once the file is there, or could not be had. */
  readonly loaded: Promise<void>;
  users: number;
}

/**
 * Copies of remote artifacts on this machine's disk. Those asked for at the same time are fetched once; the ones unused for longest
 * go when room is needed. Files in use are never removed, so the cache outgrows `maxBytes` when more than that is in use at once.
 *
 * Each process has its own folder below `root`, so processes that share `root` do not disturb each other.
 */
export class FileCache {
  /** Least recently used first. */
  private readonly entries = new Map<string, Entry>();
  private readonly folder: string;

  constructor(
    private readonly root: string,
    private readonly maxBytes: number,
  ) {
    this.folder = join(root, randomUUID());
  }

  /** Bytes of the files that are there or on their way. */
  get size(): number {
    return [...this.entries.values()].reduce((sum, entry) => sum + entry.size, 0);
  }

  /**
   * Runs `use` on the file of an artifact, which `load` first writes to the path it is given when it is not there yet.
   * @param id names one version of one artifact: the same id, the same bytes. @param size in bytes.
   */
  async use<T>(id: string, size: number, load: (path: string) => Promise<void>, use: (path: string) => Promise<T>): Promise<T> {
    const entry = this.entries.get(id) ?? this.add(size, load);
    entry.users++;
    // Deleted and set again, it is the most recently used.
    this.entries.delete(id);
    this.entries.set(id, entry);
    try {
      await entry.loaded;
    } catch (error) {
      entry.users--;
      // The next caller tries again, unless one already does.
      if (this.entries.get(id) === entry) this.entries.delete(id);
      throw error;
    }
    try {
      return await use(entry.path);
    } finally {
      entry.users--;
      await this.makeRoom(0);
    }
  }

  /** Shows that this process lives, and removes the folders of those that do not. */
  async tidy(now: number = Date.now()): Promise<void> {
    await utimes(this.folder, now / 1000, now / 1000).catch(nullWhenMissing);
    for (const name of (await readdir(this.root).catch(nullWhenMissing)) ?? []) {
      const folder = join(this.root, name);
      const facts = await stat(folder).catch(nullWhenMissing);
      if (facts !== null && facts.mtimeMs < now - ABANDONED_AGE) await rm(folder, { recursive: true, force: true });
    }
  }

  /** Removes everything. */
  async close(): Promise<void> {
    this.entries.clear();
    await rm(this.folder, { recursive: true, force: true });
  }

  private add(size: number, load: (path: string) => Promise<void>): Entry {
    const path = join(this.folder, randomUUID());
    const loaded = (async () => {
      try {
        await this.makeRoom(size);
        await mkdir(this.folder, { recursive: true });
        await load(path);
      } catch (error) {
        await rm(path, { force: true });
        throw fileError(error, 'storage_failed');
      }
    })();
    return { path, size, loaded, users: 0 };
  }

  /** Removes files nobody uses, least recently used first, until `wanted` more bytes fit. */
  private async makeRoom(wanted: number): Promise<void> {
    const removed: Entry[] = [];
    let size = this.size + wanted;
    for (const [id, entry] of this.entries) {
      if (size <= this.maxBytes) break;
      if (entry.users > 0) continue;
      this.entries.delete(id);
      removed.push(entry);
      size -= entry.size;
    }
    await Promise.all(removed.map(({ path }) => rm(path, { force: true })));
  }
}
