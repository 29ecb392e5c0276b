import { degrees, PDFString, StandardFonts } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wordsOf, type PageBlock } from '../page-result.js';
import { temporaryFolder, writePdf } from '../testing/make-pdf.js';
import { PdfiumPool } from './pdfium-pool.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let pool: PdfiumPool;

beforeAll(async () => {
  folder = await temporaryFolder();
  pool = new PdfiumPool({ size: 1, limits: { maxPages: 10, maxPixels: 1e8 } });
});

afterAll(async () => {
  await pool.close();
  await folder.remove();
});

/** A form of one page, turned when displayed: fields filled and empty, a note on the page, a hidden one. */
function form(path: string, rotate = 0): Promise<string> {
  return writePdf(path, async (document) => {
    const page = document.addPage([400, 200]);
    page.setRotation(degrees(rotate));
    const font = await document.embedFont(StandardFonts.Helvetica);
    page.drawText('Name:', { x: 20, y: 154, size: 12, font });
    page.drawText('Date:', { x: 220, y: 154, size: 12, font });
    page.drawText('The last line.', { x: 20, y: 20, size: 12, font });
    const fields = document.getForm();
    for (const [name, value, x] of [
      ['name', 'Ada Lovelace', 60],
      ['date', '1842', 260],
      ['empty', '', 330],
    ] as const) {
      const field = fields.createTextField(name);
      if (value) field.setText(value);
      field.addToPage(page, { x, y: 150, width: 90, height: 16, borderWidth: 0, font });
    }
    const note = (text: string, flags: number) => {
      const content = `BT /F 12 Tf 2 4 Td (${text}) Tj ET`;
      const N = document.context.register(
        document.context.stream(content, { Subtype: 'Form', BBox: [0, 0, 90, 16], Resources: { Font: { F: font.ref } } }),
      );
      const annotation = { Type: 'Annot', Subtype: 'FreeText', Contents: PDFString.of(text), Rect: [20, 80, 110, 96], F: flags };
      page.node.addAnnot(document.context.register(document.context.obj({ ...annotation, AP: { N } })));
    };
    note('A note', 4);
    note('Unseen', 2);
  });
}

describe('what annotations show', () => {
  const textOf = (blocks: PageBlock[]) => [...wordsOf({ blocks })].map(({ text }) => text).join(' ');

  it.each([
    [0, 'Name: Ada Lovelace Date: 1842'],
    [90, 'Name: Ada Lovelace Date: 1842'],
    // PDFium gives what stands on its head and side by side in this order.
    [180, 'Date: 1842 Name: Ada Lovelace'],
    [270, 'Name: Ada Lovelace Date: 1842'],
  ])('stands among the page’s text, values behind the names of their fields, /Rotate %i', async (rotate, filled) => {
    const path = await form(folder.path('form.pdf'), rotate);
    const [found] = await pool.run({ op: 'survey', pdf: { path }, pages: [1] });
    const text = textOf(JSON.parse(Buffer.from(found!.blocks).toString()) as PageBlock[]);
    expect(text).toBe(`${filled} The last line. A note`);
    expect(found!.words).toBe(10);
    // what the page itself says decides what becomes of it
    expect(found!.content.visibleChars).toBe(22);
    expect(textOf(await pool.run({ op: 'readText', pdf: { path }, page: 1, choice: 'visible' }))).toBe(text);
    expect(await pool.run({ op: 'readText', pdf: { path }, page: 1, choice: 'invisible' })).toEqual([]);
  });

  it('is drawn as before when it was read', async () => {
    const path = await form(folder.path('drawn.pdf'));
    const draw = async () => Buffer.from((await pool.run({ op: 'render', pdf: { path }, page: 1, dpi: 72 })).data);
    const before = await draw();
    await pool.run({ op: 'survey', pdf: { path }, pages: [1] });
    expect((await draw()).equals(before)).toBe(true);
  });
});
