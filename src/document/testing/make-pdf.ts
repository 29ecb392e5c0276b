import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { degrees, PDFDocument, PDFName, PDFRawStream, StandardFonts, type PDFPage } from 'pdf-lib';

/** A committed sample document. */
export function sample(name: string): string {
  return fileURLToPath(new URL(`../../../test/documents/${name}`, import.meta.url));
}

/** A folder for a spec's own documents. */
export async function temporaryFolder(): Promise<{ path(name: string): string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ocr-document-'));
  return {
    path: (name) => join(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Writes a PDF made by `draw` to `path`. */
export async function writePdf(path: string, draw: (document: PDFDocument) => void | Promise<void>): Promise<string> {
  const document = await PDFDocument.create();
  await draw(document);
  await writeFile(path, await document.save());
  return path;
}

/** A page that says `text` in Helvetica at x, y (page space), turned by `rotate` when displayed. */
export async function textPage(
  document: PDFDocument,
  text: string,
  options: { x: number; y: number; size?: number; rotate?: 0 | 90 | 180 | 270; turnText?: number },
): Promise<PDFPage> {
  const page = document.addPage([300, 200]);
  const font = await document.embedFont(StandardFonts.Helvetica);
  const { x, y, size = 12, rotate = 0, turnText = 0 } = options;
  page.drawText(text, { x, y, size, font, rotate: degrees(turnText) });
  page.setRotation(degrees(rotate));
  return page;
}

/** A page whose forms draw each other ten times on every level: no renderer gets to its end. */
export function endlessPage(document: PDFDocument): void {
  const { context } = document;
  let inner = context.register(context.stream('0 0 1 1 re f', { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 100, 100] }));
  for (let level = 0; level < 9; level++) {
    inner = context.register(
      context.stream('/F Do '.repeat(10), {
        Type: 'XObject',
        Subtype: 'Form',
        BBox: [0, 0, 100, 100],
        Resources: { XObject: { F: inner } },
      }),
    );
  }
  const page = document.addPage([100, 100]);
  page.node.set(PDFName.of('Resources'), context.obj({ XObject: { F: inner } }));
  page.node.set(PDFName.of('Contents'), context.register(context.stream('/F Do')));
}

/** Replaces a page's content stream. */
export function setContent(document: PDFDocument, page: PDFPage, content: string): void {
  page.node.set(PDFName.of('Contents'), document.context.register(document.context.stream(content)));
}

/** The PDF with the stream whose data this is said to be only as long as its part before `end`. */
export function withShortLength(pdf: Uint8Array, content: string, end: string): Buffer {
  const text = Buffer.from(pdf).toString('latin1');
  const length = `/Length ${content.length}`;
  // As many characters as before, so that what stands behind it stays where it is.
  const short = String(content.indexOf(end)).padStart(String(content.length).length, '0');
  if (!text.includes(length) || !text.includes(content)) throw new Error('There is no such stream');
  return Buffer.from(text.replace(length, `/Length ${short}`), 'latin1');
}

/** The bytes of the first JPEG in a PDF. */
export async function jpegOf(pdf: Uint8Array): Promise<Buffer> {
  const document = await PDFDocument.load(pdf);
  for (const [, object] of document.context.enumerateIndirectObjects()) {
    if (object instanceof PDFRawStream && object.dict.get(PDFName.of('Filter')) === PDFName.of('DCTDecode')) {
      return Buffer.from(object.contents);
    }
  }
  throw new Error('There is no JPEG in the document');
}
