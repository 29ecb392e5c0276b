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
/** Bytes of files with which threads are busy from which on no others get any: pages with enormous numbers of words. */
const MOST_BYTES = 32 * 1024 * 1024;

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

/** Pages handed over together. */
interface Handful {
  readonly pages: (StoredPages | FailedPage)[];
  readonly bytes: number;
}

/**
 * Writes a finished document in several formats in one pass over its pages. They are made in the threads, as many orders at the same time as
 * these take and one more, so that memory does not grow with the document. Ends with the first thing that goes wrong, anywhere; the files are
 * unfinished then.
 * @throws the errors of the pages, of the threads and of the disk; the signal's reason
 */
export async function writeExports(threads: ExportThreads, { facts, pages, files, signal }: ExportRequest): Promise<void> {
  const formats = [...files.keys()];
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const outputs: ExportFile[] = [];
  try {
    for (const [format, path] of files) outputs.push(await ExportFile.open(EXPORTERS[format], path));
    await Promise.all(outputs.map((output) => output.begin(facts)));
    const failed: FailedPage[] = [];
    const underWay: { made: Promise<ExportedPages>; bytes: number }[] = [];
    let bytesUnderWay = 0;
    const writeNext = async () => {
      const { made, bytes } = underWay.shift()!;
      const pieces = await made;
      bytesUnderWay -= bytes;
      until.throwIfAborted();
      await Promise.all(outputs.map((output, at) => output.add(pieces[at] ?? null)));
      for (const each of pieces) if (each !== null) freeMemory(each);
    };
    for await (const some of handfuls(pages, until)) {
      while (underWay.length > 0 && bytesUnderWay + some.bytes > MOST_BYTES) await writeNext();
      failed.push(...some.pages.flatMap(failedAmong));
      const made = threads.exportPages({ formats, pages: some.pages }, until);
      made.catch((error: unknown) => stop.abort(error));
      underWay.push({ made, bytes: some.bytes });
      bytesUnderWay += some.bytes;
      if (underWay.length > threads.size) await writeNext();
    }
    while (underWay.length > 0) await writeNext();
    await Promise.all(outputs.map((output) => output.end(failed)));
  } catch (error) {
    stop.abort(error);
    throw until.reason;
  } finally {
    await Promise.all(outputs.map((output) => output.close()));
  }
}

/** So many pages at a time as are handed over at once. */
async function* handfuls(pages: ExportRequest['pages'], until: AbortSignal): AsyncGenerator<Handful> {
  let [some, count, bytes]: [Handful['pages'], number, number] = [[], 0, 0];
  for await (const one of pages) {
    until.throwIfAborted();
    some.push(one);
    count += isFailedPage(one) ? 1 : one.pages.length;
    bytes += isFailedPage(one) ? 0 : one.json.byteLength;
    if (count < PAGES && bytes < BYTES) continue;
    yield { pages: some, bytes };
    [some, count, bytes] = [[], 0, 0];
  }
  if (some.length > 0) yield { pages: some, bytes };
}

function failedAmong(one: StoredPages | FailedPage): FailedPage[] {
  return isFailedPage(one) ? [one] : one.pages.filter((page) => typeof page !== 'number');
}

/** A result file in the making. */
class ExportFile {
  private hasPieces = false;

  private constructor(
    private readonly exporter: Exporter,
    private readonly file: FileHandle,
  ) {}

  static async open(exporter: Exporter, path: string): Promise<ExportFile> {
    return new ExportFile(exporter, await open(path, 'w'));
  }

  begin(facts: DocumentFacts): Promise<void> {
    return this.write(this.exporter.head(facts));
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
