import type { Box, PageLine, PageResult } from '../page-result.js';
import { baselineOf } from './baseline.js';
import { isFailedPage, type DocumentFacts, type Exporter } from './exporter.js';
import { dpiOf, pixelBox, pixels } from './pixels.js';
import { escapeXml } from './xml.js';

/**
 * ALTO 4.4 (https://www.loc.gov/standards/alto/), measured in pixels of the page's own resolution. Failed pages are pages without a print
 * space.
 */
export const altoExporter: Exporter = {
  format: 'alto',
  contentType: 'application/xml; charset=utf-8',
  extension: 'alto.xml',
  separator: '',
  head: headOf,
  page: (page) =>
    isFailedPage(page)
      ? `  <Page ID="page_${page.page}" PHYSICAL_IMG_NR="${page.page}" PAGECLASS="failed" PROCESSING="OCR_0"/>\n`
      : pageOf(page),
  tail: () => ' </Layout>\n</alto>\n',
};

function headOf(facts: DocumentFacts): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd" SCHEMAVERSION="4.4">
 <Description>
  <MeasurementUnit>pixel</MeasurementUnit>
  <sourceImageInformation><fileName>${escapeXml(facts.name)}</fileName></sourceImageInformation>
  <Processing ID="OCR_0"><processingSoftware><softwareName>ocr-queue</softwareName><applicationDescription>${escapeXml(facts.ocr_provider)}</applicationDescription></processingSoftware></Processing>
 </Description>
 <Layout>
`;
}

function pageOf(page: PageResult): string {
  const dpi = dpiOf(page);
  const [width, height] = [pixels(page.width, dpi), pixels(page.height, dpi)];
  const id = (kind: string, ...numbers: number[]) => `ID="${[kind, page.page, ...numbers.map((n) => n + 1)].join('_')}"`;
  const place = (box: Box) => placeOf(pixelBox(box, dpi));
  const accuracy = page.confidence === null ? '' : ` PC="${fraction(page.confidence)}"`;
  const out = [
    `  <Page ID="page_${page.page}" PHYSICAL_IMG_NR="${page.page}" WIDTH="${width}" HEIGHT="${height}" PROCESSING="OCR_0"${accuracy}>`,
    `   <PrintSpace HPOS="0" VPOS="0" WIDTH="${width}" HEIGHT="${height}">`,
  ];
  page.blocks.forEach((block, b) => {
    out.push(`    <ComposedBlock ${id('composed', b)} ${place(block.box)}>`);
    block.paragraphs.forEach((paragraph, p) => {
      out.push(`     <TextBlock ${id('block', b, p)} ${place(paragraph.box)}>`);
      paragraph.lines.forEach((line, l) => {
        // a line must hold a word
        if (line.words.length === 0) return;
        out.push(`      <TextLine ${id('line', b, p, l)} ${place(line.box)}${baseline(line, dpi)}>`);
        for (const string of stringsOf(line, dpi, (w) => id('string', b, p, l, w))) out.push(string);
        out.push('      </TextLine>');
      });
      out.push('     </TextBlock>');
    });
    out.push('    </ComposedBlock>');
  });
  out.push('   </PrintSpace>', '  </Page>\n');
  return out.join('\n');
}

function stringsOf(line: PageLine, dpi: number, id: (word: number) => string): string[] {
  return line.words.flatMap((word, w) => {
    const content = `CONTENT="${escapeXml(word.text)}" WC="${fraction(word.confidence)}"`;
    const string = `       <String ${id(w)} ${placeOf(pixelBox(word.box, dpi))} ${content}/>`;
    return w === 0 ? [string] : ['       <SP/>', string];
  });
}

/** Where the line begins and ends on its baseline. */
function baseline(line: PageLine, dpi: number): string {
  const found = baselineOf(line);
  if (!found) return '';
  const point = (x: number) => `${pixels(x, dpi)},${pixels(found.intercept + found.slope * x, dpi)}`;
  return ` BASELINE="${point(line.box.x0)} ${point(line.box.x1)}"`;
}

function placeOf({ x0, y0, x1, y1 }: Box): string {
  return `HPOS="${x0}" VPOS="${y0}" WIDTH="${x1 - x0}" HEIGHT="${y1 - y0}"`;
}

/** ALTO counts confidence from 0 to 1. */
function fraction(confidence: number): string {
  return (Math.min(Math.max(confidence, 0), 100) / 100).toFixed(2);
}
