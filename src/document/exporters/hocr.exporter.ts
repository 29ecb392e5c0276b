import type { Box, PageLine, PageResult } from '../page-result.js';
import { baselineOf } from './baseline.js';
import { isFailedPage, type DocumentFacts, type Exporter } from './exporter.js';
import { dpiOf, pixelBox, pixels } from './pixels.js';
import { escapeXml } from './xml.js';

/** hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/) with tesseract's element classes. Failed pages are empty pages with a comment. */
export const hocrExporter: Exporter = {
  format: 'hocr',
  contentType: 'text/html; charset=utf-8',
  extension: 'hocr',
  separator: '',
  head: headOf,
  page: (page) =>
    isFailedPage(page)
      ? `  <div class="ocr_page" id="page_${page.page}" title="ppageno ${page.page - 1}"><!-- ${page.code} --></div>\n`
      : pageOf(page),
  tail: () => ' </body>\n</html>\n',
};

function headOf(facts: DocumentFacts): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${escapeXml(facts.name)}</title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="ocr-queue ${escapeXml(facts.ocr_provider)}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"/>
  <meta name="ocr-number-of-pages" content="${facts.page_count}"/>
 </head>
 <body>
`;
}

function pageOf(page: PageResult): string {
  const dpi = dpiOf(page);
  const id = (kind: string, ...numbers: number[]) => `id="${[kind, page.page, ...numbers.map((n) => n + 1)].join('_')}"`;
  const bbox = (box: Box) => bboxOf(pixelBox(box, dpi));
  const size = bboxOf({ x0: 0, y0: 0, x1: pixels(page.width, dpi), y1: pixels(page.height, dpi) });
  const out = [
    `  <div class="ocr_page" id="page_${page.page}" title="${size}; ppageno ${page.page - 1}; scan_res ${dpi} ${dpi}">`,
  ];
  page.blocks.forEach((block, b) => {
    out.push(`   <div class="ocr_carea" ${id('block', b)} title="${bbox(block.box)}">`);
    block.paragraphs.forEach((paragraph, p) => {
      out.push(`    <p class="ocr_par" ${id('par', b, p)} title="${bbox(paragraph.box)}">`);
      paragraph.lines.forEach((line, l) => {
        out.push(
          `     <span class="ocr_line" ${id('line', b, p, l)} title="${bbox(line.box)}${baseline(line, dpi)}${textAngle(line)}">`,
        );
        line.words.forEach((word, w) => {
          const title = `${bbox(word.box)}; x_wconf ${Math.round(word.confidence)}`;
          out.push(`      <span class="ocrx_word" ${id('word', b, p, l, w)} title="${title}">${escapeXml(word.text)}</span>`);
        });
        out.push('     </span>');
      });
      out.push('    </p>');
    });
    out.push('   </div>');
  });
  out.push('  </div>\n');
  return out.join('\n');
}

function bboxOf({ x0, y0, x1, y1 }: Box): string {
  return `bbox ${x0} ${y0} ${x1} ${y1}`;
}

/** hOCR tells the baseline from the bottom left corner of the line's box: its slope, and how far above that corner it passes. */
function baseline(line: PageLine, dpi: number): string {
  const found = baselineOf(line);
  if (!found) return '';
  const offset = found.intercept + found.slope * line.box.x0 - line.box.y1;
  return `; baseline ${Number(found.slope.toFixed(4)) + 0} ${Math.min(pixels(offset, dpi), 0) + 0}`;
}

/** hOCR counts angles counter-clockwise, we clockwise. */
function textAngle(line: PageLine): string {
  return line.angle ? `; textangle ${360 - line.angle}` : '';
}
