import { open, type FileHandle } from 'node:fs/promises';
import { freeMemory } from '../../threads/free-memory.js';
import type { ExportedPages, ExportOrder } from './export-pages.js';
import {
  isFailedPage,
  type DocumentFacts,
  type Exporter,
  type ExportFormat,
  type FailedPage,
  type StoredPages,
} from './exporter.js';
import { EXPORTERS } from './exporters.js';

/** Pages handed over at once: what a message costs is then a small part of what they do. */
const PAGES = 20;
/** Bytes of their files from which on no more are added. */
const BYTES = 256 * 1024;

/** Where pages are written in other formats: several orders at the same time. */
export interface ExportThreads {
  /** Orders that can be worked on at the same time. */
  readonly size: number;
  /** The files' bytes are given away, what is made of them is the caller's. @throws OcrError merge_failed, storage_failed; the signal's reason */
  exportPages(order: ExportOrder, signal: AbortSignal): Promise<ExportedPages>;
}

/** A finished document, and where it is written. */
export interface ExportRequest {
  readonly facts: DocumentFacts;
  /** All its pages in rising order, gone through once. */
  readonly pages: AsyncIterable<StoredPages | FailedPage>;
  /** The formats, each with the path of its file. */
  readonly files: ReadonlyMap<ExportFormat, string>;
  readonly signal: AbortSignal;
}

/**
 * Writes a finished document in several formats in one pass over its pages. They are made in the threads, as many orders at the same time as
 * these take and one more, so that memory does not grow with the document. After an error the files are unfinished.
 * @throws the errors of the pages, of the threads and of the disk; the signal's reason
 */
export async function writeExports(threads: ExportThreads, { facts, pages, files, signal }: ExportRequest): Promise<void> {
  const formats = [...files.keys()];
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const outputs: ExportFile[] = [];
  try {
    for (const [format, path] of files) outputs.push(await ExportFile.create(EXPORTERS[format], path, facts));
    const failed: FailedPage[] = [];
    const underWay: Promise<ExportedPages>[] = [];
    const writeNext = async () => {
      const pieces = await underWay.shift();
      signal.throwIfAborted();
      await Promise.all(outputs.map((output, at) => output.add(pieces?.[at] ?? null)));
      for (const each of pieces ?? []) if (each !== null) freeMemory(each);
    };
    for await (const some of gathered(pages)) {
      failed.push(...some.filter(isFailedPage));
      const made = threads.exportPages({ formats, pages: some }, until);
      // What goes wrong is told when its turn comes.
      made.catch(() => undefined);
      underWay.push(made);
      if (underWay.length > threads.size) await writeNext();
    }
    while (underWay.length > 0) await writeNext();
    await Promise.all(outputs.map((output) => output.end(failed)));
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    await Promise.all(outputs.map((output) => output.close()));
  }
}

/** So many pages at a time as are handed over at once. */
async function* gathered(pages: ExportRequest['pages']): AsyncGenerator<(StoredPages | FailedPage)[]> {
  let [some, count, bytes]: [(StoredPages | FailedPage)[], number, number] = [[], 0, 0];
  for await (const one of pages) {
    some.push(one);
    count += isFailedPage(one) ? 1 : one.pages.length;
    bytes += isFailedPage(one) ? 0 : one.json.byteLength;
    if (count < PAGES && bytes < BYTES) continue;
    yield some;
    [some, count, bytes] = [[], 0, 0];
  }
  if (some.length > 0) yield some;
}

/** A result file in the making. */
class ExportFile {
  private hasPieces = false;

  private constructor(
    private readonly exporter: Exporter,
    private readonly file: FileHandle,
  ) {}

  static async create(exporter: Exporter, path: string, facts: DocumentFacts): Promise<ExportFile> {
    const made = new ExportFile(exporter, await open(path, 'w'));
    await made.write(exporter.head(facts));
    return made;
  }

  /** Pieces joined by the separator; null: none. */
  async add(pieces: Uint8Array | null): Promise<void> {
    if (pieces === null) return;
    if (this.hasPieces) await this.write(this.exporter.separator);
    this.hasPieces = true;
    await this.write(pieces);
  }

  end(failed: readonly FailedPage[]): Promise<void> {
    return this.write(this.exporter.tail(failed));
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async write(data: string | Uint8Array): Promise<void> {
    if (data.length > 0) await this.file.appendFile(data);
  }
}
