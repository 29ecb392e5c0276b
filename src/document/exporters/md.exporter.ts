import type { PageParagraph } from '../page-result.js';
import { isFailedPage, type ExportPage, type Exporter, type ResultDocument } from './exporter.js';
import { writeParts } from './write-parts.js';

/** Markdown (CommonMark): a heading a page, a paragraph a paragraph, its lines joined. Failed pages say why. */
export const mdExporter: Exporter = {
  format: 'md',
  contentType: 'text/markdown; charset=utf-8',
  extension: 'md',
  write: (document, output, signal) => writeParts(parts(document), output, signal),
};

async function* parts(document: ResultDocument): AsyncGenerator<string> {
  const { facts } = document;
  yield `# ${escapeMarkdown(facts.name)}\n`;
  for await (const page of document.pages()) yield `\n## Page ${page.page}\n${bodyOf(page)}`;
}

function bodyOf(page: ExportPage): string {
  if (isFailedPage(page)) return `\n*No text: ${escapeMarkdown(page.message)} (\`${page.code}\`).*\n`;
  const paragraphs = page.blocks.flatMap((block) => block.paragraphs).map(flowing);
  return paragraphs.map((text) => `\n${escapeMarkdown(text)}\n`).join('');
}

/** The paragraph as one line. A hyphen at a line's end stays: whether it belongs to the word cannot be known. */
function flowing(paragraph: PageParagraph): string {
  return paragraph.lines.map((line) => line.words.map((word) => word.text).join(' ')).join(' ');
}

/** Makes text mean itself: what could be markup within a line, and what could be at its start (lists, headings). */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_[\]<>&|~#]/g, '\\$&')
    .replace(/^([-+=]|\d+[.)])(?=\s|$)/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`);
}
