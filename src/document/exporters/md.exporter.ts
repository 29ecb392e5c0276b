import { largestOf } from '../extremes.js';
import type { PageLine, PageResult } from '../page-result.js';
import { isFailedPage, type ExportPage, type Exporter } from './exporter.js';
import { flowingText } from './flowing-text.js';
import { itemNumber } from './list-marks.js';
import { pagePieces, type PagePiece } from './page-pieces.js';

/** A paragraph is a heading when its type is this much larger than the page's usual one, and it is short and no sentence. */
const HEADING = 1.3;
const LARGE_HEADING = 1.7;
const MOST_HEADING_LINES = 3;
const MOST_HEADING_LETTERS = 120;

/**
 * Markdown (CommonMark, tables as in GitHub's): a heading a page, and on it headings by the height of their type, lists by their marks, tables
 * by their columns, all else paragraphs with their lines joined. Failed pages say why.
 */
export const mdExporter: Exporter = {
  format: 'md',
  contentType: 'text/markdown; charset=utf-8',
  extension: 'md',
  separator: '',
  head: ({ name }) => `# ${escapeMarkdown(name)}\n`,
  page: (page) => `\n## Page ${page.page}\n${bodyOf(page)}`,
  tail: () => '',
};

function bodyOf(page: ExportPage): string {
  if (isFailedPage(page)) return `\n*No text: ${escapeMarkdown(page.message)} (\`${page.code}\`).*\n`;
  const usual = usualHeight(page);
  return pagePieces(page)
    .map((piece) => `\n${written(piece, usual)}\n`)
    .join('');
}

function written(piece: PagePiece, usual: number): string {
  if (piece.kind === 'table') return tableOf(piece.rows);
  if (piece.kind === 'list') return piece.items.map(itemOf).join('\n');
  const level = headingLevel(piece.lines, usual);
  return `${level ? `${level} ` : ''}${escapeMarkdown(flowingText(piece.lines))}`;
}

/** The height of most of the page's text: lines count by their letters. */
function usualHeight(page: PageResult): number {
  const lines = page.blocks.flatMap((block) => block.paragraphs).flatMap((paragraph) => paragraph.lines);
  const weighed = lines
    .map((line) => ({ height: heightOf(line), letters: lettersOf([line]) }))
    .sort((a, b) => a.height - b.height);
  let left = weighed.reduce((sum, { letters }) => sum + letters, 0) / 2;
  return weighed.find(({ letters }) => (left -= letters) <= 0)?.height ?? 0;
}

/** Across the writing: the tallest word tells best how large the type is. */
function heightOf({ words, angle }: PageLine): number {
  const isUpright = angle === 90 || angle === 270;
  return largestOf(
    words.map(({ box }) => (isUpright ? box.x1 - box.x0 : box.y1 - box.y0)),
    0,
  );
}

function lettersOf(lines: readonly PageLine[]): number {
  return lines.reduce((sum, { words }) => sum + words.reduce((letters, { text }) => letters + text.length, 0), 0);
}

function headingLevel(lines: readonly PageLine[], usual: number): '###' | '####' | null {
  const letters = lettersOf(lines);
  if (usual === 0 || letters < 2 || letters > MOST_HEADING_LETTERS || lines.length > MOST_HEADING_LINES) return null;
  const text = flowingText(lines);
  if (/[.;,]$/.test(text) || !/^[\p{Lu}\p{Lo}\p{N}]/u.test(text) || !/\p{L}/u.test(text)) return null;
  const ratio = Math.min(...lines.map(heightOf)) / usual;
  if (ratio < HEADING) return null;
  return ratio >= LARGE_HEADING ? '###' : '####';
}

function itemOf([first, ...more]: readonly PageLine[]): string {
  if (!first) return '';
  const number = itemNumber(first);
  const text = flowingText([{ ...first, words: first.words.slice(1) }, ...more]);
  return `${number === null ? '-' : `${number}.`} ${escapeMarkdown(text)}`;
}

function tableOf(rows: readonly string[][]): string {
  const [head = [], ...body] = rows.map((row) => row.map(escapeMarkdown));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

/** Makes text mean itself: what could be markup within a line, and what could be at its start (lists, headings). */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]<>&|~#]/g, '\\$&')
    .replace(/^([-+=]|\d+[.)])(?=\s|$)|^[-=](?=[-=\s]*$)/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`);
}
