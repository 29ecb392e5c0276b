import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { OcrError } from '../../errors/ocr-error.js';

const require = createRequire(import.meta.url);
const DATA = '.traineddata';
/** Folder of the packages that holds integerised "best" models: small, and more accurate than the "fast" ones. */
const VARIANT = '4.0.0_best_int';
/** Data files that are no languages: orientation and script detection, equations. */
const NO_LANGUAGE = new Set(['osd', 'equ']);

/**
 * The language data of tesseract on this machine, for every engine built on it. Languages come from the installed npm
 * packages `@tesseract.js-data/*` and from the folder of the setting `tessdata_dir`, which wins. Nothing is ever fetched.
 *
 * What is asked for is put together, unpacked, in one folder of ours, so that tesseract finds all languages of a page in one
 * place. Several processes may share that folder: files appear whole, by rename, and are replaced when their source changes.
 */
export class Tessdata {
  /** @param folder our own folder. @param added the setting `tessdata_dir`. */
  constructor(
    readonly folder: string,
    private readonly added?: string,
  ) {}

  /** The names of the installed languages, sorted. */
  async languages(): Promise<string[]> {
    return [...(await this.sources()).keys()].sort();
  }

  /** Checks that every language of `eng+fra` is installed. @throws OcrError `language_not_available` naming those that are. */
  async check(language: string): Promise<void> {
    await this.sourcesOf(language);
  }

  /** What tells the data of each language of `eng+fra`, in this order, from other data of that name. @throws as {@link check} */
  async states(language: string): Promise<string[]> {
    const sources = await this.sourcesOf(language);
    return Promise.all(sources.map(async ([, file]) => stateOf(await stat(file))));
  }

  /**
   * Makes the data of every language of `eng+fra` lie in {@link folder}. What lies there may be replaced by newer data at any time, never by
   * older.
   * @returns the {@link states} of what lies there
   * @throws OcrError `language_not_available` naming the installed ones.
   */
  async prepare(language: string): Promise<string[]> {
    const states: string[] = [];
    for (const [name, source] of await this.sourcesOf(language)) states.push(await this.place(name, source));
    return states;
  }

  private async sourcesOf(language: string): Promise<[string, string][]> {
    const sources = await this.sources();
    return language.split('+').map((name) => {
      const source = sources.get(name);
      if (source === undefined) {
        const installed = [...sources.keys()].sort().join(', ');
        throw new OcrError('language_not_available', {
          detail: `The language data "${name}" is not installed. Installed: ${installed}.`,
        });
      }
      return [name, source];
    });
  }

  /** Language to the file it comes from. */
  private async sources(): Promise<Map<string, string>> {
    const sources = new Map<string, string>();
    // The scope's folder, found through a package we depend on ourselves: any sister installed beside it counts.
    const scope = dirname(dirname(require.resolve('@tesseract.js-data/eng/package.json')));
    for (const name of await readdir(scope)) {
      const file = join(scope, name, VARIANT, `${name}${DATA}.gz`);
      if (await exists(file)) sources.set(name, file);
    }
    if (this.added !== undefined) {
      for (const file of await filesBelow(this.added)) {
        sources.set(file.slice(0, -DATA.length), join(this.added, file));
      }
    }
    for (const name of NO_LANGUAGE) sources.delete(name);
    return sources;
  }

  /** Copies or unpacks one source. Its time is kept, and tells later whether the copy is still current. @returns the source's state */
  private async place(name: string, source: string): Promise<string> {
    const target = join(this.folder, `${name}${DATA}`);
    const isPacked = source.endsWith('.gz');
    const found = await stat(source);
    const present = await stat(target).catch(() => null);
    const isSameSize = isPacked || present?.size === found.size;
    if (present !== null && isSameSize && secondOf(present) === secondOf(found)) return stateOf(found);

    await mkdir(dirname(target), { recursive: true });
    const draft = `${target}.${randomUUID()}.part`;
    try {
      const bytes = await readFile(source);
      await writeFile(draft, isPacked ? await promisify(gunzip)(bytes) : bytes);
      await utimes(draft, found.atime, found.mtime);
      await rename(draft, target);
    } finally {
      await rm(draft, { force: true });
    }
    return stateOf(found);
  }
}

function stateOf(file: Stats): string {
  return `${file.size} ${secondOf(file)}`;
}

/** When a file was last changed: not every disk tells it more exactly. */
function secondOf({ mtime }: Stats): number {
  return Math.trunc(mtime.getTime() / 1000);
}

/** The data files in a folder and one level below (`script/Latin.traineddata`), with `/` whatever the platform. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries
    .map((entry) => entry.replaceAll('\\', '/'))
    .filter((entry) => entry.endsWith(DATA) && entry.split('/').length <= 2);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
