import { textOf } from '../page-result.js';
import { isFailedPage, type Exporter } from './exporter.js';

/**
 * Plain text: every page's text in reading order, a form feed (U+000C) between pages and none after the last. The n-th piece is
 * the n-th page of the result; failed and blank pages are empty pieces.
 */
export const txtExporter: Exporter = {
  format: 'txt',
  contentType: 'text/plain; charset=utf-8',
  extension: 'txt',
  separator: '\f',
  head: () => '',
  page: (page) => {
    const text = isFailedPage(page) ? '' : textOf(page).replaceAll('\f', ' ');
    return text === '' ? '' : `${text}\n`;
  },
  tail: () => '',
};
