import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument, PDFName } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PdfiumPool } from '../pdfium/pdfium-pool.js';
import { sample, setContent, withShortLength } from '../testing/make-pdf.js';
import { optimizePdf } from './optimize-pdf.js';

let folder: string;
let pool: PdfiumPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optimize-'));
  pool = new PdfiumPool({ size: 1, limits: { maxPages: 10_000, maxPixels: 1e8 } });
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

describe('optimising', () => {
  it.each(['irm-400p.pdf', 'c02-22.pdf'])('%s loses nothing, and never grows', async (name) => {
    const path = join(folder, name);
    await copyFile(sample(name), path);
    const before = (await stat(path)).size;
    const after = await optimizePdf(path);
    expect(after).toBe((await stat(path)).size);
    expect(after).toBeLessThanOrEqual(before);
    const look = async (file: string, page: number) => {
      const { data } = await pool.run({ op: 'render', pdf: { path: file }, page, dpi: 60 });
      return Buffer.from(data);
    };
    const { pageCount } = await pool.run({ op: 'open', pdf: { path } });
    expect(pageCount).toBe((await pool.run({ op: 'open', pdf: { path: sample(name) } })).pageCount);
    for (const page of new Set([1, Math.ceil(pageCount / 2), pageCount]))
      expect((await look(path, page)).equals(await look(sample(name), page))).toBe(true);
  });

  it('makes loosely written documents smaller', async () => {
    const document = await PDFDocument.create();
    for (let i = 0; i < 200; i++) document.addPage([612, 792]);
    document.setTitle('Title that stays');
    const path = join(folder, 'loose.pdf');
    const loose = await document.save({ useObjectStreams: false });
    await writeFile(path, loose);
    expect(await optimizePdf(path)).toBeLessThan(loose.length / 4);
    const reopened = await PDFDocument.load(await readFile(path), { updateMetadata: false });
    expect([reopened.getPageCount(), reopened.getTitle()]).toEqual([200, 'Title that stays']);
  });

  it('keeps the version a document is of', async () => {
    const document = await PDFDocument.create();
    for (let i = 0; i < 50; i++) document.addPage();
    const path = join(folder, 'version.pdf');
    for (const [version, kept] of [
      ['2.0', '2.0'],
      ['1.4', '1.7'],
    ]) {
      const bytes = Buffer.from(await document.save({ useObjectStreams: false }));
      await writeFile(path, Buffer.concat([Buffer.from(`%PDF-${version}`), bytes.subarray(8)]));
      expect(await optimizePdf(path)).toBeLessThan(bytes.length);
      expect((await readFile(path)).toString('latin1', 0, 8)).toBe(`%PDF-${kept}`);
    }
  });

  it('leaves signed and unreadable documents as they are', async () => {
    const document = await PDFDocument.create();
    for (let i = 0; i < 50; i++) document.addPage();
    document.catalog.set(PDFName.of('AcroForm'), document.context.obj({ SigFlags: 3, Fields: [] }));
    const flagged = await document.save({ useObjectStreams: false });
    // whose form does not say that it is signed
    const field = { FT: 'Sig', V: document.context.obj({ Type: 'Sig', ByteRange: [0, 1, 2, 3] }) };
    const parent = document.context.register(
      document.context.obj({ Kids: [document.context.register(document.context.obj(field))] }),
    );
    document.catalog.set(PDFName.of('AcroForm'), document.context.obj({ Fields: [parent] }));
    const signed = await document.save({ useObjectStreams: false });
    const [page, content] = [await PDFDocument.create(), '0 0 9 9 re f 9 9 9 9 re f'];
    setContent(page, page.addPage(), content);
    const short = withShortLength(await page.save({ useObjectStreams: false }), content, '9 9 9 9');
    for (const bytes of [flagged, signed, short, Buffer.from('%PDF-1.4 garbage')]) {
      const path = join(folder, 'kept.pdf');
      await writeFile(path, bytes);
      expect(await optimizePdf(path)).toBe(bytes.length);
      expect((await readFile(path)).equals(Buffer.from(bytes))).toBe(true);
    }
  });
});
