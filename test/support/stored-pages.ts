import { exportPages } from '../../src/document/exporters/export-pages.js';
import {
  isFailedPage,
  type DocumentFacts,
  type ExportFormat,
  type ExportPage,
  type FailedPage,
  type StoredPages,
} from '../../src/document/exporters/exporter.js';
import { EXPORTERS } from '../../src/document/exporters/exporters.js';

/** The page as the store has it: in a file of its own. */
export function storedPage(page: ExportPage): StoredPages | FailedPage {
  return isFailedPage(page) ? page : { json: Buffer.from(JSON.stringify(page)), pages: [page.page] };
}

/** The pages as a merge asks for them: as they are, and as the store has them. */
export function pagesToMerge(...pages: readonly ExportPage[]) {
  return {
    pages: async function* () {
      yield* pages;
    },
    storedPages: async function* () {
      yield* pages.map(storedPage);
    },
  };
}

/** The result of these pages in one format. */
export function exportedText(format: ExportFormat, facts: DocumentFacts, pages: readonly ExportPage[]): string {
  const { head, tail } = EXPORTERS[format];
  const [pieces] = exportPages({ formats: [format], pages: pages.map(storedPage) });
  return head(facts) + (pieces ? Buffer.from(pieces).toString('utf8') : '') + tail(pages.filter(isFailedPage));
}
