import { PDFName, PDFString, StandardFonts } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setContent, temporaryFolder, writePdf } from '../testing/make-pdf.js';
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

describe('text in a font that does not tell its characters', () => {
  async function contentWith(known: number): Promise<number> {
    const path = await writePdf(folder.path(`unmapped-${known}.pdf`), async (document) => {
      const { context } = document;
      const page = document.addPage([300, 200]);
      const system = { Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 };
      const common = { Type: 'Font', BaseFont: 'ABCDEF+Secret' };
      const descriptor = { Type: 'FontDescriptor', FontName: 'ABCDEF+Secret', Flags: 4, FontBBox: [0, 0, 1000, 1000] };
      const descendant = context.register(
        context.obj({
          ...common,
          Subtype: 'CIDFontType2',
          CIDSystemInfo: system,
          FontDescriptor: context.register(context.obj(descriptor)),
        }),
      );
      const unmapped = context.obj({ ...common, Subtype: 'Type0', Encoding: 'Identity-H', DescendantFonts: [descendant] });
      const plain = await document.embedFont(StandardFonts.Helvetica);
      const fonts = context.obj({ Font: { U: context.register(unmapped), H: plain.ref } });
      page.node.set(PDFName.of('Resources'), fonts);
      setContent(document, page, `BT /U 12 Tf 20 100 Td <${'0037004B'.repeat(5)}> Tj /H 12 Tf (${'x'.repeat(known)}) Tj ET`);
    });
    return (await pool.run({ op: 'content', pdf: { path }, page: 1 })).visibleChars;
  }

  it('counts as none where it is most of a page', async () => {
    expect(await contentWith(4)).toBe(0);
    expect(await contentWith(20)).toBe(30);
  });
});
