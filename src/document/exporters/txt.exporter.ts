import { textOf } from '../page-result.js';
import { isFailedPage, type Exporter, type ResultDocument } from './exporter.js';
import { writeParts } from './write-parts.js';

/**
 * Plain text: every page's text in reading order, a form feed (U+000C) between pages and none after the last. The n-th piece is
 * the n-th page of the result; failed and blank pages are empty pieces.
 */
export const txtExporter: Exporter = {
  format: 'txt',
  contentType: 'text/plain; charset=utf-8',
  extension: 'txt',
  write: (document, output, signal) => writeParts(parts(document), output, signal),
};

async function* parts(document: ResultDocument): AsyncGenerator<string> {
  let separator = '';
  for await (const page of document.pages) {
    const text = isFailedPage(page) ? '' : textOf(page).replaceAll('\f', ' ');
    yield separator + (text === '' ? '' : `${text}\n`);
    separator = '\f';
  }
}
