import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { EngineRegistry } from '../../src/base-ocr/engine-registry.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { DocumentService } from '../../src/document/document.service.js';
import { wordsOf, type Box, type PageResult } from '../../src/document/page-result.js';
import { writeSearchablePdf } from '../../src/document/write/searchable-pdf.js';
import { exportedText } from '../support/stored-pages.js';
import { altoFaults } from '../support/alto-schema.js';
import { hocrFaults } from '../support/hocr-rules.js';
import { hasProgram } from '../support/programs.js';
import { overlap } from '../support/sample-pages.js';
import { DOCUMENTS } from '../support/scans.js';

const run = promisify(execFile);

/** A document read and written, and the PDF it was made from. */
interface Searchable {
  source: string;
  path: string;
  page: PageResult;
}

interface FoundWord {
  text: string;
  box: Box;
}

/** The words of real scans stand in the PDF where the page results say, whatever reads it. */
describe('the text layer of a scan', () => {
  let folder: string;
  let documents: DocumentService;
  let ocr: BaseOcr;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'text-layer-'));
    const settings = loadSettings({ data_dir: folder, ocr_slots: 1 }, {}, folder);
    documents = new DocumentService(settings);
    ocr = new BaseOcr(settings, documents, new EngineRegistry(settings));
  });
  afterAll(async () => {
    await ocr.onModuleDestroy();
    await documents.close();
    await rm(folder, { recursive: true, force: true });
  });

  const made = new Map<string, Promise<Searchable>>();
  const searchable = (name: string) => {
    const known = made.get(name) ?? makeSearchable(name);
    made.set(name, known);
    return known;
  };
  async function makeSearchable(name: string): Promise<Searchable> {
    const pdfPath = join(folder, `${name}.pdf`);
    const { converted } = await ocr.prepare({ sourcePath: `${DOCUMENTS}${name}`, pdfPath, mode: 'force' });
    const source = { path: converted ? pdfPath : `${DOCUMENTS}${name}` };
    const { signal } = new AbortController();
    const page = await ocr.readPage({ pdf: source, page: 1, mode: 'force', language: 'eng', provider: 'tesseract', signal });
    const path = join(folder, `${name}.searchable.pdf`);
    await writeSearchablePdf({ source, output: path, pages: each(page) });
    return { source: source.path, path, page };
  }

  const documentsRead = [
    { name: 'phototest.tif', kind: 'straight' },
    { name: 'phototest-rotated-L.png', kind: 'lying on its side' },
    { name: 'eurotext.tif', kind: 'a little skewed, with signs of many kinds' },
    { name: 'c02-22.pdf', kind: 'a curved book page' },
  ];
  it.each(documentsRead)('has its words where they were seen: $name, $kind', { timeout: 120_000 }, async ({ name }) => {
    const { path, page } = await searchable(name);
    const expected = [...wordsOf(page)];
    expect(expected.length).toBeGreaterThan(50);
    const read = [...wordsOf({ blocks: await documents.readText({ path }, 1, { invisibleOnly: true }) })];
    const readers: [string, FoundWord[]][] = [['PDFium', read]];
    if (hasProgram('pdftotext')) readers.push(['poppler', await wordsByPoppler(path)]);
    for (const [reader, found] of readers) {
      const shares = expected.map(({ box }) => Math.max(0, ...found.map((word) => overlap(word.box, box)))).sort((a, b) => a - b);
      const middle = shares[shares.length >> 1] ?? 0;
      expect(middle, `${reader} in the middle`).toBeGreaterThan(name === 'c02-22.pdf' ? 0.88 : 0.9);
      expect(shares[Math.floor(shares.length / 20)], `${reader}, all but a twentieth`).toBeGreaterThan(0.55);
      const words = expected.map((word) => word.text);
      const kept = words.filter((word) => found.some(({ text }) => text === word));
      expect(kept.length / words.length, `${reader}: whole words`).toBeGreaterThan(0.97);
    }
  });

  it('adds no more bytes than the documentation says', { timeout: 120_000 }, async () => {
    for (const { name } of documentsRead) {
      const { source, path, page } = await searchable(name);
      const words = [...wordsOf(page)].length;
      const added = (await stat(path)).size - (await stat(source)).size;
      expect(added / (2000 + 10 * words), `${name}: ${added} bytes for ${words} words`).toBeLessThan(1);
    }
  });

  it('is valid ALTO and right hOCR, too', { timeout: 120_000 }, async () => {
    for (const { name } of documentsRead) {
      const { page } = await searchable(name);
      expect(altoFaults(exported('alto', page)), name).toEqual([]);
      expect(hocrFaults(exported('hocr', page)), name).toEqual([]);
    }
  });

  it('is copied line by line, upright or lying on its side', { timeout: 120_000 }, async () => {
    for (const name of ['phototest.tif', 'phototest-rotated-L.png', 'phototest-rotated-180.png']) {
      const { path, page } = await searchable(name);
      const linesOf = (blocks: PageResult['blocks']) =>
        blocks.flatMap((block) =>
          block.paragraphs.flatMap(({ lines }) => lines.map(({ words }) => words.map(({ text }) => text).join(' '))),
        );
      const lines = linesOf(page.blocks);
      expect(lines.length).toBe(8);
      expect(linesOf(await documents.readText({ path }, 1, { invisibleOnly: true })), name).toEqual(lines);
      if (!hasProgram('pdftotext')) continue;
      const { stdout } = await run('pdftotext', [path, '-']);
      expect(
        stdout.split('\n').filter((line) => line.trim() !== ''),
        name,
      ).toEqual(expect.arrayContaining(lines));
    }
  });
});

async function* each(page: PageResult): AsyncGenerator<PageResult> {
  yield page;
}

function exported(format: 'alto' | 'hocr', page: PageResult): string {
  const facts = { name: 'a & b.pdf', page_count: 1, language: 'eng', ocr_provider: 'tesseract', created_at: '', options: {} };
  return exportedText(format, facts, [page]);
}

async function wordsByPoppler(path: string): Promise<FoundWord[]> {
  const { stdout } = await run('pdftotext', ['-bbox', path, '-'], { maxBuffer: 1e8 });
  const words = stdout.matchAll(/<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<\/word>/g);
  return [...words].map(([, x0, y0, x1, y1, word = '']) => ({
    text: word.replace(/&(lt|gt|quot|apos|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? ''),
    box: { x0: Number(x0), y0: Number(y0), x1: Number(x1), y1: Number(y1) },
  }));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'", amp: '&' };
