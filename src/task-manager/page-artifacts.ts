import { parseResults, resultOf } from '../document/exporters/export-pages.js';
import type { PageResult } from '../document/page-result.js';
import type { DocumentStore } from '../storage/document-store.js';

/** Files read before they are needed: a store far away is then waited for once, not for each of them. */
const AHEAD = 4;

/**
 * Reads results of pages from the store: a file holds one page, or several that were kept together, which then have one key. The last
 * file is remembered, so that going through pages in order reads each file once.
 */
export class PageArtifacts {
  private last: { key: string; results: readonly PageResult[] } | undefined;
  private readonly expected = new Set<string>();
  private readonly begun = new Map<string, Promise<Buffer>>();

  constructor(private readonly store: DocumentStore) {}

  /** These files are read next, each once, in this order: a few of them are read ahead. One that is at hand already is not read again. */
  expect(keys: Iterable<string>): void {
    for (const key of keys) if (key !== this.last?.key && !this.begun.has(key)) this.expected.add(key);
    this.readAhead();
  }

  /** @throws OcrError storage_failed */
  async read(key: string, page: number): Promise<PageResult> {
    if (this.last?.key !== key) {
      this.last = { key, results: parseResults(await this.take(key)) };
    }
    return resultOf(page, this.last.results);
  }

  /** A file as it is. @throws OcrError storage_failed */
  take(key: string): Promise<Buffer> {
    const bytes = this.begun.get(key) ?? this.store.read(key);
    this.begun.delete(key);
    this.readAhead();
    return bytes;
  }

  private readAhead(): void {
    for (const key of this.expected) {
      if (this.begun.size >= AHEAD) return;
      this.expected.delete(key);
      const bytes = this.store.read(key);
      // What goes wrong is told to whoever asks for it.
      bytes.catch(() => undefined);
      this.begun.set(key, bytes);
    }
  }
}
