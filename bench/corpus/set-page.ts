import { PDFDocument, StandardFonts, type PDFFont, type PDFPage } from 'pdf-lib';

/** How a page is set. Lengths in points. */
export interface PageLayout {
  readonly font: 'Times-Roman' | 'Helvetica' | 'Courier';
  readonly size: number;
  readonly columns: 1 | 2;
}

const PAGE = { width: 595.28, height: 841.89, margin: 64, gutter: 26 };
const LEADING = 1.28;

/** A page as a PDF, with the text that stands on it in reading order, a line each. */
export interface SetPage {
  readonly pdf: Uint8Array;
  readonly truth: string;
}

/**
 * Sets paragraphs on one A4 page, left-aligned, column by column, until it is full. The fonts are the PDF standard ones, which
 * every reader (PDFium too) carries within itself, so that nothing has to be installed.
 */
export async function setPage(paragraphs: readonly string[], layout: PageLayout): Promise<SetPage> {
  const document = await PDFDocument.create();
  const fonts = { 'Times-Roman': StandardFonts.TimesRoman, Helvetica: StandardFonts.Helvetica, Courier: StandardFonts.Courier };
  const font = await document.embedFont(fonts[layout.font]);
  const page = document.addPage([PAGE.width, PAGE.height]);
  const truth: string[] = [];
  const width = (PAGE.width - 2 * PAGE.margin - (layout.columns - 1) * PAGE.gutter) / layout.columns;
  const queue = [...paragraphs];
  for (let column = 0; column < layout.columns; column++) {
    const x = PAGE.margin + column * (width + PAGE.gutter);
    setColumn(page, font, layout.size, { x, width }, queue, truth);
  }
  return { pdf: await document.save(), truth: truth.join('\n') };
}

/** Takes from the queue what fits into the column, whole paragraphs only. */
function setColumn(
  page: PDFPage,
  font: PDFFont,
  size: number,
  { x, width }: { x: number; width: number },
  queue: string[],
  truth: string[],
): void {
  let y = PAGE.height - PAGE.margin - size;
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    const lines = breakLines(next, font, size, width);
    if (y - lines.length * size * LEADING < PAGE.margin) return;
    for (const line of lines) {
      page.drawText(line, { x, y, size, font });
      truth.push(line);
      y -= size * LEADING;
    }
    y -= size * 0.7;
    queue.shift();
  }
}

function breakLines(paragraph: string, font: PDFFont, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && font.widthOfTextAtSize(longer, size) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
