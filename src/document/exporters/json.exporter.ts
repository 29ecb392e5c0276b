import { isFailedPage, type Exporter, type FailedPage, type ResultDocument } from './exporter.js';
import { writeParts } from './write-parts.js';

/** `docs/schema/result.schema.json` describes it; the number grows with every change that could break a reader. */
export const JSON_FORMAT_VERSION = 1;

/** One JSON document: the facts, the pages one a line, and the failed pages last. Only those are held until the end. */
export const jsonExporter: Exporter = {
  format: 'json',
  contentType: 'application/json; charset=utf-8',
  extension: 'json',
  write: (document, output, signal) => writeParts(parts(document), output, signal),
};

async function* parts(document: ResultDocument): AsyncGenerator<string> {
  const failed: FailedPage[] = [];
  const facts = JSON.stringify({ version: JSON_FORMAT_VERSION, ...document.facts });
  yield `${facts.slice(0, -1)},"pages":[`;
  let separator = '\n';
  for await (const page of document.pages) {
    if (isFailedPage(page)) {
      failed.push({ page: page.page, code: page.code, phase: page.phase, message: page.message });
    } else {
      yield separator + JSON.stringify(page);
      separator = ',\n';
    }
  }
  yield `\n],"failed_pages":${JSON.stringify(failed)}}\n`;
}
