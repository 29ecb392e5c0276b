import type { Box, PageResult } from '../page-result.js';
import { isFailedPage, type Exporter } from './exporter.js';
import { dpiOf, pixelBox } from './pixels.js';

const COLUMNS = [
  'level',
  'page_num',
  'block_num',
  'par_num',
  'line_num',
  'word_num',
  'left',
  'top',
  'width',
  'height',
  'conf',
  'text',
];

/** Columns of a row before its box: level, page, block, paragraph, line, word. */
type RowHead = [level: number, page: number, block: number, paragraph: number, line: number, word: number];

/** Tab-separated values with tesseract's columns and levels (1 page, 2 block, 3 paragraph, 4 line, 5 word). Failed pages have no rows. */
export const tsvExporter: Exporter = {
  format: 'tsv',
  contentType: 'text/tab-separated-values; charset=utf-8',
  extension: 'tsv',
  separator: '',
  head: () => `${COLUMNS.join('\t')}\n`,
  page: (page) => (isFailedPage(page) ? null : [...rowsOf(page)].join('')),
  tail: () => '',
};

function* rowsOf(page: PageResult): Generator<string> {
  const n = page.page;
  const row = (head: RowHead, box: Box, confidence = '-1', text = '') =>
    rowOf(head, pixelBox(box, dpiOf(page)), confidence, text);
  yield row([1, n, 0, 0, 0, 0], { x0: 0, y0: 0, x1: page.width, y1: page.height });
  for (const [b, block] of page.blocks.entries()) {
    yield row([2, n, b + 1, 0, 0, 0], block.box);
    for (const [p, paragraph] of block.paragraphs.entries()) {
      yield row([3, n, b + 1, p + 1, 0, 0], paragraph.box);
      for (const [l, line] of paragraph.lines.entries()) {
        yield row([4, n, b + 1, p + 1, l + 1, 0], line.box);
        for (const [w, word] of line.words.entries())
          yield row([5, n, b + 1, p + 1, l + 1, w + 1], word.box, word.confidence.toFixed(2), word.text);
      }
    }
  }
}

function rowOf(head: RowHead, { x0, y0, x1, y1 }: Box, confidence: string, text: string): string {
  return `${[...head, x0, y0, x1 - x0, y1 - y0, confidence, text.replace(/[\t\r\n]+/g, ' ')].join('\t')}\n`;
}
