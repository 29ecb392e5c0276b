import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nullWhenMissing } from './file-errors.js';

/**
 * Removes the files of a folder, not of those below it, whose names begin with `beginning` and that were last written to before
 * `time` (ms since 1970).
 */
export async function removeOldFiles(folder: string, time: number, beginning = ''): Promise<void> {
  const names = (await readdir(folder).catch(nullWhenMissing)) ?? [];
  for (const name of names) {
    if (!name.startsWith(beginning)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(nullWhenMissing);
    if (facts !== null && facts.isFile() && facts.mtimeMs < time) await rm(path, { force: true });
  }
}
