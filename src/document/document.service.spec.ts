import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { degrees, PDFDict, PDFDocument, PDFName, PDFString, StandardFonts, TextRenderingMode } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../config/settings.js';
import { isBlank } from './blank.js';
import { chooseDpi } from './choose-dpi.js';
import { DocumentService } from './document.service.js';
import type { GrayImage, PdfFile } from './document.types.js';
import { linesOf, wordsOf, type PageBlock, type PageResult } from './page-result.js';
import { sample, setContent, temporaryFolder, textPage, writePdf } from './testing/make-pdf.js';

const words = (blocks: PageBlock[]) => [...wordsOf({ blocks } as PageResult)];
const texts = (blocks: PageBlock[]) => words(blocks).map((word) => word.text);
const pdf = (name: string): PdfFile => ({ path: sample(name) });

const WHITE_PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';

/** The smallest rectangle around what is dark, in points. */
function inkBox({ width, data, dpi }: GrayImage) {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  data.forEach((value, i) => {
    if (value > 128) return;
    const [x, y] = [((i % width) * 72) / dpi, (Math.floor(i / width) * 72) / dpi];
    box.x0 = Math.min(box.x0, x);
    box.y0 = Math.min(box.y0, y);
    box.x1 = Math.max(box.x1, x);
    box.y1 = Math.max(box.y1, y);
  });
  return box;
}

describe('DocumentService', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let documents: DocumentService;

  beforeAll(async () => {
    folder = await temporaryFolder();
    documents = new DocumentService(settingsSchema.parse({ ocr_slots: 1, max_pages: 399, max_page_pixels: 20_000_000 }));
  });
  afterAll(async () => {
    await documents.close();
    await folder.remove();
  });

  describe('open', () => {
    it('tells the page count', async () => {
      expect(await documents.open(pdf('multipage.pdf'))).toEqual({ pageCount: 6, encrypted: false });
    });

    it('wants the password of a protected document, the right one', async () => {
      await expect(documents.open(pdf('password.pdf'))).rejects.toMatchObject({ code: 'password_required' });
      await expect(documents.open({ ...pdf('password.pdf'), password: 'wrong' })).rejects.toMatchObject({
        code: 'password_required',
      });
      expect(await documents.open({ ...pdf('password.pdf'), password: 'password' })).toEqual({ pageCount: 1, encrypted: true });
    });

    it('refuses more pages than allowed', async () => {
      await expect(documents.open(pdf('irm-400p.pdf'))).rejects.toMatchObject({ code: 'too_many_pages' });
    });

    it('refuses garbage and missing files', async () => {
      const path = folder.path('garbage.pdf');
      await writeFile(path, '%PDF-1.4 and then nothing');
      await expect(documents.open({ path })).rejects.toMatchObject({ code: 'damaged_document' });
      await expect(documents.open({ path: folder.path('none.pdf') })).rejects.toMatchObject({ code: 'document_not_found' });
    });

    it('sees a document change under the same name', async () => {
      const path = folder.path('changing.pdf');
      await copyFile(sample('multipage.pdf'), path);
      expect((await documents.open({ path })).pageCount).toBe(6);
      await copyFile(sample('c02-22.pdf'), path);
      expect((await documents.open({ path })).pageCount).toBe(1);
    });
  });

  it('refuses pages that are not there', async () => {
    for (const page of [0, 7, 1.5]) {
      await expect(documents.content(pdf('multipage.pdf'), page)).rejects.toMatchObject({ code: 'page_out_of_range', page });
    }
  });

  describe('content', () => {
    it('tells a scan: one image, its coverage, resolution and depth', async () => {
      expect(await documents.content(pdf('loremipsum-flat.pdf'), 1)).toEqual({
        width: 612,
        height: 792,
        rotation: 0,
        visibleChars: 0,
        invisibleChars: 0,
        images: [{ coverage: 1, dpi: 200 }],
        pictured: 1,
        hasVectors: false,
        empty: false,
      });
    });

    it('counts visible and invisible characters apart, and sees vectors', async () => {
      const path = await writePdf(folder.path('layers.pdf'), async (document) => {
        const page = await textPage(document, 'seen one', { x: 20, y: 100 });
        page.drawText('not seen', { x: 20, y: 50, renderMode: TextRenderingMode.Invisible });
        (await textPage(document, '', { x: 0, y: 0 })).drawLine({ start: { x: 0, y: 0 }, end: { x: 50, y: 50 } });
      });
      expect(await documents.content({ path }, 1)).toMatchObject({ visibleChars: 7, invisibleChars: 7, hasVectors: false });
      expect(await documents.content({ path }, 2)).toMatchObject({ visibleChars: 0, invisibleChars: 0, hasVectors: true });
    });

    it('sees that nothing is drawn, by objects and annotations', async () => {
      const path = await writePdf(folder.path('nothing.pdf'), async (document) => {
        document.addPage([200, 200]);
        document.addPage([200, 200]).drawRectangle({ x: 10, y: 10, width: 5, height: 5 });
        document
          .getForm()
          .createTextField('name')
          .addToPage(document.addPage([200, 200]), { x: 10, y: 10 });
      });
      const found = await Promise.all([1, 2, 3].map((page) => documents.content({ path }, page)));
      expect(found.map(({ empty }) => empty)).toEqual([true, false, false]);
    });

    it('tells how much of the page its images cover together, where they overlap too', async () => {
      const path = await writePdf(folder.path('strips.pdf'), async (document) => {
        const image = await document.embedPng(WHITE_PIXEL);
        const strips = document.addPage([200, 400]);
        for (let y = 0; y < 320; y += 4) strips.drawImage(image, { x: 0, y, width: 200, height: 4 });
        const layers = document.addPage([200, 400]);
        for (const width of [100, 80, 60]) layers.drawImage(image, { x: 0, y: 0, width, height: 200 });
      });
      expect((await documents.content({ path }, 1)).pictured).toBeCloseTo(0.8, 1);
      expect((await documents.content({ path }, 2)).pictured).toBeCloseTo(0.25, 1);
    });

    it('finds images within forms, and at their true resolution', async () => {
      const path = await writePdf(folder.path('form.pdf'), (document) => {
        const { context } = document;
        const image = context.register(
          context.flateStream(new Uint8Array(100 * 50), {
            Type: 'XObject',
            Subtype: 'Image',
            Width: 100,
            Height: 50,
            ColorSpace: 'DeviceGray',
            BitsPerComponent: 8,
          }),
        );
        const form = context.register(
          context.stream('q 0.5 0 0 0.5 0 0 cm /I Do Q', {
            Type: 'XObject',
            Subtype: 'Form',
            BBox: [0, 0, 1, 1],
            Resources: { XObject: { I: image } },
          }),
        );
        const page = document.addPage([144, 72]);
        page.node.set(PDFName.of('Resources'), context.obj({ XObject: { F: form } }));
        setContent(document, page, 'q 144 0 0 72 0 0 cm /F Do Q');
      });
      const { images } = await documents.content({ path }, 1);
      expect(images).toEqual([{ coverage: 0.25, dpi: 100 }]);
    });
  });

  describe('readText', () => {
    it.each([0, 90, 180, 270] as const)('gives words where they are drawn, the page turned by %i', async (rotate) => {
      const path = await writePdf(folder.path(`turned-${rotate}.pdf`), async (document) => {
        const page = await textPage(document, 'Hxxxd', { x: 60, y: 70, size: 20, rotate });
        page.setCropBox(40, 30, 200, 120);
      });
      const blocks = await documents.readText({ path }, 1);
      const [word] = words(blocks);
      const ink = inkBox(await documents.render({ path }, 1, { dpi: 144 }));
      expect(word.text).toBe('Hxxxd');
      // The box spans the line: the ink lies within it, and nearly fills it along the line.
      expect(word.box.x0).toBeLessThan(ink.x0 + 1);
      expect(word.box.y0).toBeLessThan(ink.y0 + 1);
      expect(word.box.x1).toBeGreaterThan(ink.x1 - 1);
      expect(word.box.y1).toBeGreaterThan(ink.y1 - 1);
      const along = rotate % 180 === 0 ? (['x0', 'x1'] as const) : (['y0', 'y1'] as const);
      for (const side of along) expect(Math.abs(word.box[side] - ink[side])).toBeLessThan(3);
      expect([...linesOf({ blocks } as PageResult)].map((line) => line.angle ?? 0)).toEqual([rotate]);
    });

    it('keeps words, lines and accents of a page, leaving out what the crop hides', async () => {
      const path = await writePdf(folder.path('lines.pdf'), async (document) => {
        const page = await textPage(document, 'Première ligne, déjà vue', { x: 20, y: 150 });
        page.drawText('Second line here', { x: 20, y: 136, size: 12 });
        page.drawText('hidden', { x: 20, y: 20, size: 12 });
        page.setCropBox(0, 100, 300, 100);
      });
      const blocks = await documents.readText({ path }, 1);
      expect(texts(blocks)).toEqual(['Première', 'ligne,', 'déjà', 'vue', 'Second', 'line', 'here']);
      expect(blocks).toHaveLength(1);
      expect(blocks[0].paragraphs[0].lines).toHaveLength(2);
    });

    it('leaves out what stands in layers that are switched off, marked or in a form, and nothing else', async () => {
      const path = await writePdf(folder.path('switched.pdf'), async (document) => {
        const { context } = document;
        const layer = (name: string) => context.register(context.obj({ Type: 'OCG', Name: PDFString.of(name) }));
        const [on, off] = [layer('English'), layer('Deutsch')];
        document.catalog.set(PDFName.of('OCProperties'), context.obj({ OCGs: [on, off], D: { OFF: [off] } }));
        const page = await textPage(document, 'always', { x: 20, y: 150 });
        const form = (text: string, entries: object) =>
          context.register(
            context.stream(`BT /F 12 Tf 20 40 Td (${text}) Tj ET`, {
              Type: 'XObject',
              Subtype: 'Form',
              BBox: [0, 0, 300, 200],
              Resources: page.node.Resources()!,
              ...entries,
            }),
          );
        const font = page.node.Resources()!.lookup(PDFName.of('Font'), PDFDict);
        font.set(PDFName.of('F'), font.values()[0]!);
        page.node.Resources()!.set(PDFName.of('Properties'), context.obj({ On: on, Off: off }));
        page.node.Resources()!.set(PDFName.of('XObject'), context.obj({ A: form('drawn', {}), B: form('undrawn', { OC: off }) }));
        const shown = (name: string, text: string) => `/OC /${name} BDC BT /F 12 Tf 20 100 Td (${text}) Tj ET EMC`;
        setContent(
          document,
          page,
          `BT /F 12 Tf 20 150 Td (always) Tj ET ${shown('On', 'here')} ${shown('Off', 'hier')} /A Do /B Do`,
        );
      });
      expect(texts(await documents.readText({ path }, 1))).toEqual(['always', 'here', 'drawn']);
      expect((await documents.content({ path }, 1)).visibleChars).toBe(15);
      const [surveyed] = await documents.survey({ path }, [1]);
      expect(surveyed.words).toBe(3);
    });

    it('can choose visible or invisible text', async () => {
      const path = folder.path('layers.pdf');
      expect(texts(await documents.readText({ path }, 1))).toEqual(['seen', 'one', 'not', 'seen']);
      expect(texts(await documents.readText({ path }, 1, { visibleOnly: true }))).toEqual(['seen', 'one']);
      expect(texts(await documents.readText({ path }, 1, { invisibleOnly: true }))).toEqual(['not', 'seen']);
    });
  });

  describe('render', () => {
    it('draws the page as displayed, in gray', async () => {
      const path = await writePdf(folder.path('corner.pdf'), (document) => {
        const page = document.addPage([200, 100]);
        setContent(document, page, '0 0 20 10 re f');
        page.setRotation(degrees(90));
      });
      const image = await documents.render({ path }, 1, { dpi: 72 });
      expect([image.width, image.height, image.dpi, image.data.length]).toEqual([100, 200, 72, 20_000]);
      // The lower left corner stands at the upper left when the page is turned clockwise.
      expect(inkBox(image)).toEqual({ x0: 0, y0: 0, x1: 9, y1: 19 });
    });

    it('draws form fields and annotations', async () => {
      const path = await writePdf(folder.path('fields.pdf'), async (document) => {
        const page = document.addPage([200, 100]);
        const field = document.getForm().createTextField('name');
        field.setText('FILLED');
        field.addToPage(page, {
          x: 20,
          y: 40,
          width: 150,
          height: 20,
          borderWidth: 0,
          font: await document.embedFont(StandardFonts.Helvetica),
        });
      });
      expect(isBlank(await documents.render({ path }, 1, { dpi: 150 }))).toBe(false);
      expect((await documents.content({ path }, 1)).hasVectors).toBe(true);
    });

    it('draws a scan on a page far too small for it at the size of a sheet', async () => {
      const small = await writePdf(folder.path('small.pdf'), async (document) => {
        const [scan] = await document.embedPdf(await PDFDocument.load(await readFile(sample('loremipsum-flat.pdf'))));
        document.addPage([40.8, 52.8]).drawPage(scan, { width: 40.8, height: 52.8 });
      });
      const usual = { preprocess: {}, manner: 'usual', turn: 0, picturesBeside: null } as const;
      const { image, enlarged, letters } = await documents.prepare({ path: small }, 1, { ...usual, dpi: 0 });
      const sheet = await documents.prepare(pdf('loremipsum-flat.pdf'), 1, { ...usual, dpi: 0 });
      expect(image.width).toBeGreaterThan(0.6 * sheet.image.width);
      expect(letters).toBeGreaterThan(0.9 * sheet.letters);
      expect(Math.abs((image.width * 72) / 40.8 - image.dpi * enlarged)).toBeLessThan(5);
      const asked = await documents.prepare({ path: small }, 1, { ...usual, dpi: 100 });
      expect([asked.enlarged, asked.image.width]).toEqual([1, 57]);
    });

    it('refuses a page with too many pixels before drawing it, and takes it smaller', async () => {
      const path = await writePdf(folder.path('poster.pdf'), (document) => {
        document.addPage([14_400, 14_400]);
      });
      await expect(documents.render({ path }, 1, { dpi: 200 })).rejects.toMatchObject({ code: 'page_too_large', page: 1 });
      const content = await documents.content({ path }, 1);
      const image = await documents.render({ path }, 1, { dpi: chooseDpi(content, 0, 20_000_000) });
      expect(image.width * image.height).toBeLessThanOrEqual(20_000_000);
    });

    it('refuses an image that is a bomb however small it is drawn', async () => {
      const path = await writePdf(folder.path('bomb.pdf'), (document) => {
        const { context } = document;
        const image = context.register(
          context.flateStream(new Uint8Array(1000), {
            Type: 'XObject',
            Subtype: 'Image',
            Width: 35_000,
            Height: 35_000,
            ColorSpace: 'DeviceGray',
            BitsPerComponent: 1,
          }),
        );
        const page = document.addPage([100, 100]);
        page.node.set(PDFName.of('Resources'), context.obj({ XObject: { I: image } }));
        setContent(document, page, 'q 100 0 0 100 0 0 cm /I Do Q');
      });
      await expect(documents.render({ path }, 1, { dpi: 72 })).rejects.toMatchObject({ code: 'page_too_large' });
      expect((await documents.content({ path }, 1)).images[0]).toMatchObject({ coverage: 1, dpi: 25_200 });
    });

    it('draws an empty page white', async () => {
      const path = await writePdf(folder.path('empty.pdf'), (document) => {
        document.addPage([100, 100]);
      });
      const image = await documents.render({ path }, 1, { dpi: 200 });
      expect(isBlank(image)).toBe(true);
      expect(image.data.every((value) => value === 255)).toBe(true);
    });
  });

  it('draws thumbnails in colour', async () => {
    const path = await writePdf(folder.path('red.pdf'), (document) => {
      setContent(document, document.addPage([200, 100]), '1 0 0 rg 0 50 200 50 re f');
    });
    const { width, height, rgba } = await documents.renderColour({ path }, 1, { width: 60 });
    expect([width, height, rgba.length]).toEqual([60, 30, 60 * 30 * 4]);
    expect([...rgba.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    expect([...rgba.subarray(-4)]).toEqual([255, 255, 255, 255]);
  });

  it('turns a real image into a PDF that shows it', async () => {
    const destination = folder.path('phototest.pdf');
    const source = sample('phototest.tif');
    await documents.toPdf(source, 'tiff', destination);
    expect(await documents.kindOf(destination)).toBe('pdf');
    const content = await documents.content({ path: destination }, 1);
    expect(content.images).toMatchObject([{ coverage: 1, dpi: 200 }]);
    const image = await documents.render({ path: destination }, 1, { dpi: chooseDpi(content, 0, 20_000_000) });
    expect([image.width, image.height]).toEqual([640, 480]);
    expect(isBlank(image)).toBe(false);
  });
});
