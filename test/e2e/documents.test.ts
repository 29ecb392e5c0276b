import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { degrees, PDFDocument, PDFName, PDFString, StandardFonts } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residentMegabytes } from '../support/process-tree.js';
import { DOCUMENTS, MANUAL, scanOf, wordsIn } from '../support/scans.js';
import { finished, ServerHome, ServerProcess, type TaskView } from '../support/server-process.js';

const FRENCH = [
  'Dès Noël, où un zéphyr haï me vêt de glaçons',
  'würmiens, je dîne d’exquis rôtis de bœuf',
  'au kir, à l’aÿ d’âge mûr, etcætera.',
];

/** Every kind of document gives the right result or the right error, and the server goes on. */
describe('awkward documents', () => {
  const home = new ServerHome();
  let server: ServerProcess;

  const put = (name: string, bytes: Uint8Array) => writeFileSync(join(home.inbox, name), bytes);
  const read = async (name: string, options: object = {}): Promise<{ task: TaskView; id: string }> => {
    const { task_id: id } = await server.post<TaskView>('/api/ocr/tasks', { document_path: name, options });
    return { id, task: await finished(server, id, 380_000) };
  };
  const textOf = (id: string) => server.text(`/api/ocr/tasks/${id}/result?format=txt`);
  const pdfOf = async (id: string) =>
    PDFDocument.load(await (await fetch(`${server.url}/api/ocr/tasks/${id}/result`)).arrayBuffer());

  beforeAll(async () => {
    server = await ServerProcess.start(home);
  });
  afterAll(async () => {
    expect(await server.end()).toBe(0);
    home.remove();
  });

  it('a blank page costs no engine call and completes', async () => {
    const pdf = await PDFDocument.create();
    pdf.addPage([595, 842]);
    put('blank.pdf', await pdf.save());
    const { task, id } = await read('blank.pdf');
    expect(task.status).toBe('completed');
    expect((await textOf(id)).trim()).toBe('');
    expect(await server.get(`/api/ocr/tasks/${id}/pages/1`)).toMatchObject({ source: 'blank', engine: null });
  });

  it('garbage, an empty file and a cut-off PDF are refused or fail with their code', async () => {
    put('garbage.pdf', Buffer.from('this is not a document at all'));
    put('empty.pdf', Buffer.alloc(0));
    const whole = readFileSync(`${DOCUMENTS}c02-22.pdf`);
    put('headless.pdf', Buffer.concat([Buffer.from('%PDF-1.4\n'), whole.subarray(5000, 9000)]));
    for (const [name, code] of [
      ['garbage.pdf', 'unsupported_document'],
      ['empty.pdf', 'damaged_document'],
    ]) {
      const response = await fetch(`${server.url}/api/ocr/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ document_path: name }),
      });
      expect([name, ((await response.json()) as { code: string }).code]).toEqual([name, code]);
    }
    expect((await read('headless.pdf')).task).toMatchObject({ status: 'failed', error: { code: 'damaged_document' } });
  });

  it('a pixel bomb fails with its code, and takes nothing down', async () => {
    const pdf = await PDFDocument.create();
    const size = 20_000;
    const bits = deflateSync(Buffer.alloc((size / 8) * size), { level: 1 });
    const facts = { Type: 'XObject', Subtype: 'Image', Width: size, Height: size, BitsPerComponent: 1, ColorSpace: 'DeviceGray' };
    const image = pdf.context.register(pdf.context.stream(bits, { ...facts, Filter: 'FlateDecode' }));
    const page = pdf.addPage([600, 600]);
    page.node.set(PDFName.of('Resources'), pdf.context.obj({ XObject: { Im: image } }));
    page.node.set(PDFName.of('Contents'), pdf.context.register(pdf.context.stream('600 0 0 600 0 0 cm /Im Do')));
    put('bomb.pdf', await pdf.save());
    const { task } = await read('bomb.pdf');
    expect(task).toMatchObject({ status: 'failed', error: { code: 'page_too_large' }, failed_pages: [{ page: 1 }] });
  });

  it('a protected document needs its password', async () => {
    copyFileSync(`${DOCUMENTS}password.pdf`, join(home.inbox, 'password.pdf'));
    expect((await read('password.pdf')).task).toMatchObject({ status: 'failed', error: { code: 'password_required' } });
    const { task, id } = await read('password.pdf', { password: 'password' });
    expect(task.status).toBe('completed');
    expect(JSON.stringify(await server.get(`/api/ocr/tasks/${id}`))).not.toContain('"password"');
  });

  it('a French scan comes out with its accents', async () => {
    put('page.pdf', await textPdf(FRENCH));
    put('french.pdf', await scanOf(join(home.inbox, 'page.pdf'), [1], 200));
    const { id } = await read('french.pdf', { language: 'fra' });
    const found = wordsIn(await textOf(id));
    const wanted = wordsIn(FRENCH.join(' '));
    const right = wanted.filter((word) => found.includes(word));
    expect(right.length / wanted.length, `found: ${found.join(' ')}`).toBeGreaterThan(0.85);
    expect(found).toEqual(expect.arrayContaining(['zéphyr', 'dîne', 'rôtis', 'bœuf']));
  });

  it('a scan is read on all four rotations, by /Rotate and by the scanner', { timeout: 400_000 }, async () => {
    const lines = ['The quick brown fox jumps over', 'the lazy dog while seven wizards', 'mix potions in the evening light.'];
    put('upright.pdf', await textPdf(lines));
    const scan = await PDFDocument.load(await scanOf(join(home.inbox, 'upright.pdf'), [1, 1, 1, 1, 1, 1], 150));
    scan.getPages().forEach((page, index) => page.setRotation(degrees((index % 4) * 90)));
    put('turned.pdf', await scan.save());
    const { task, id } = await read('turned.pdf');
    expect(task).toMatchObject({ status: 'completed', pages: { done: 6 } });
    for (const page of (await textOf(id)).split('\f')) expect(wordsIn(page)).toEqual(wordsIn(lines.join(' ')));
  });

  it('bookmarks, a form and metadata survive', async () => {
    const pdf = await PDFDocument.load(await scanOf(MANUAL, [30], 150));
    pdf.setTitle('Annual report');
    const page = pdf.getPage(0);
    const field = pdf.getForm().createTextField('name');
    field.setText('Ada');
    field.addToPage(page, { x: 20, y: 20, width: 100, height: 20 });
    const { context, catalog } = pdf;
    const item = context.nextRef();
    const root = context.register(context.obj({ Type: 'Outlines', First: item, Last: item, Count: 1 }));
    context.assign(item, context.obj({ Title: PDFString.of('Chapter one'), Parent: root, Dest: [page.ref, 'Fit'] }));
    catalog.set(PDFName.of('Outlines'), root);
    put('form.pdf', await pdf.save());
    const { task, id } = await read('form.pdf', { mode: 'force' });
    expect(task.status).toBe('completed');
    const result = await pdfOf(id);
    expect(result.getTitle()).toBe('Annual report');
    expect(result.getForm().getTextField('name').getText()).toBe('Ada');
    expect(result.catalog.lookup(PDFName.of('Outlines'))?.toString()).toContain('/Count 1');
  });

  it('only the selected pages are treated, and all stay in the PDF', async () => {
    copyFileSync(`${DOCUMENTS}multipage.pdf`, join(home.inbox, 'multipage.pdf'));
    const { task, id } = await read('multipage.pdf', { pages: '6' });
    expect(task.pages).toMatchObject({ total: 1, done: 1 });
    expect((await pdfOf(id)).getPageCount()).toBe(6);
    expect((await read('multipage.pdf', { pages: '5-9' })).task).toMatchObject({
      status: 'failed',
      error: { code: 'page_out_of_range' },
    });
  });

  it('400 born-digital pages pass with bounded memory, their own text kept', { timeout: 400_000 }, async () => {
    copyFileSync(MANUAL, join(home.inbox, 'manual.pdf'));
    const { task, id } = await read('manual.pdf');
    expect(task).toMatchObject({ status: 'completed', pages: { total: 400, done: 400, failed: 0 } });
    expect(wordsIn(await textOf(id)).length).toBeGreaterThan(55_000);
    expect(statSync(MANUAL).size).toBeLessThan(5_000_000);
    expect(residentMegabytes(server.child.pid!)).toBeLessThan(1800);
  });

  it('some pages of it pass as a scan', async () => {
    const pages = Array.from({ length: 5 }, (_, index) => 41 + index);
    put('scan.pdf', await scanOf(MANUAL, pages, 150));
    const { task, id } = await read('scan.pdf', { chunk_size: 4 });
    expect(task).toMatchObject({ status: 'completed', pages: { total: 5, done: 5, failed: 0 } });
    const own = await read('manual.pdf', { pages: '41-45' });
    const found = new Set(plainWords(await textOf(id)));
    const wanted = plainWords(await textOf(own.id));
    expect(wanted.length).toBeGreaterThan(500);
    expect(wanted.filter((word) => found.has(word)).length / wanted.length).toBeGreaterThan(0.97);
  });
});

/** Words of letters alone: what counts is the text, not the leaders of a table of contents. */
function plainWords(text: string): string[] {
  return text.toLowerCase().match(/[a-z]{3,}/g) ?? [];
}

/** A page of large, plain lines. */
async function textPdf(lines: readonly string[]): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const page = pdf.addPage([420, 300]);
  lines.forEach((line, index) => page.drawText(line, { x: 30, y: 240 - index * 30, size: 16, font }));
  return pdf.save();
}
