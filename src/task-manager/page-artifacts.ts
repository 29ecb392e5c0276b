import type { PageResult } from '../document/page-result.js';
import { OcrError } from '../errors/ocr-error.js';
import type { DocumentStore } from '../storage/document-store.js';

/**
 * Reads results of pages from the store: a file holds one page, or several that were kept together, which then have one key. The last
 * file is remembered, so that going through pages in order reads each file once.
 */
export class PageArtifacts {
  private last: { key: string; results: readonly PageResult[] } | undefined;

  constructor(private readonly store: DocumentStore) {}

  /** @throws OcrError storage_failed */
  async read(key: string, page: number): Promise<PageResult> {
    if (this.last?.key !== key) {
      const found = JSON.parse((await this.store.read(key)).toString('utf8')) as PageResult | PageResult[];
      this.last = { key, results: Array.isArray(found) ? found : [found] };
    }
    const { results } = this.last;
    const result = results.length === 1 ? results[0] : results.find((each) => each.page === page);
    if (result === undefined)
      throw new OcrError('storage_failed', { page, detail: `The result of page ${page} is not where it was put.` });
    return result;
  }
}
