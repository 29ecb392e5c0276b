import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { Tessdata } from '../../src/base-ocr/engines/tessdata.js';
import { addScans, type CorpusPage } from '../corpus/make-corpus.js';
import type { ProductServer } from '../queue/server.js';
import { median, printTable } from '../queue/statistics.js';
import type { Bench } from './bench.js';
import { ocrMyPdf, rawTesseract, throughQueue } from './contenders.js';

const MANUAL = new URL('../../test/documents/irm-400p.pdf', import.meta.url).pathname;
/** Scanned pages behind the born-digital ones of the mixed document. */
const SCANNED = 4;
/** Pages of a document as most are. */
const SHORT = 20;
/** What OCRmyPDF writes, too: a PDF and its text. */
const OPTIONS = { mode: 'skip_text', formats: ['pdf', 'txt'], language: 'eng' };

/**
 * Documents most of whose pages have their text already, against OCRmyPDF, which leaves such pages out too. A server is there all the time, so
 * it has done each document once before; what that took is told too. Of the mixed document also what tesseract alone takes for the images of its
 * scanned pages, which no queue can make up for.
 * @param data folder of the language data to read with; absent: the product's
 */
export async function measureDigital(bench: Bench, rounds: number, data?: string): Promise<void> {
  const tessdata = data ?? join(bench.folder, 'tessdata');
  if (data === undefined) await new Tessdata(tessdata).prepare('eng');
  const scanned = await bench.pages('scan', SCANNED);
  const images = await bench.images(scanned);
  const manual = await bench.file('manual.pdf', await readFile(MANUAL));
  const short = await bench.file('short.pdf', await firstPages(SHORT));
  const mixed = await bench.file('mixed.pdf', await mixedDocument(scanned));
  const rows: string[][] = [];
  const measure = async (server: ProductServer) => {
    for (const [what, path, name] of [
      ['400 born-digital pages', manual, 'manual.pdf'],
      [`the first ${SHORT} of them`, short, 'short.pdf'],
      [`400 born-digital and ${SCANNED} scanned pages`, mixed, 'mixed.pdf'],
    ] as const) {
      await copyFile(path, join(server.inbox, name));
      const [ours, theirs, bare, alone]: [number[], number[], number[], number[]] = [[], [], [], []];
      const first = (await throughQueue(server, name, OPTIONS)).seconds;
      for (let round = 0; round < rounds; round++) {
        ours.push((await throughQueue(server, name, OPTIONS)).seconds);
        theirs.push((await ocrMyPdf(path, ['--skip-text'])).seconds);
        bare.push((await ocrMyPdf(path, ['--skip-text', '--output-type', 'pdf', '--optimize', '0'])).seconds);
        if (path === mixed) alone.push((await rawTesseract(images, tessdata)).seconds);
      }
      const against = (others: number[]) => `${median(others).toFixed(2)} (${(median(others) / median(ours)).toFixed(1)}x)`;
      rows.push([
        what,
        first.toFixed(2),
        median(ours).toFixed(2),
        against(theirs),
        against(bare),
        alone.length === 0 ? '-' : against(alone),
      ]);
    }
  };
  await bench.withServer(measure, data === undefined ? {} : { OCR_TESSDATA_DIR: data });
  const head = [
    'document',
    'ocr-queue, skip_text, the first time, s',
    'after that, s',
    'OCRmyPDF --skip-text, s (theirs / ours)',
    'and --output-type pdf --optimize 0',
    'tesseract alone on the images of its scanned pages',
  ];
  printTable(`Born digital and mixed, language data ${data ?? 'of the product'}, median of ${rounds}`, head, rows);
}

async function firstPages(count: number): Promise<Uint8Array> {
  const [source, document] = [await PDFDocument.load(await readFile(MANUAL)), await PDFDocument.create()];
  const pages = await document.copyPages(
    source,
    Array.from({ length: count }, (_, index) => index),
  );
  for (const page of pages) document.addPage(page);
  return document.save();
}

async function mixedDocument(pages: readonly CorpusPage[]): Promise<Uint8Array> {
  const document = await PDFDocument.load(await readFile(MANUAL));
  await addScans(
    document,
    pages.map(({ image }) => image),
  );
  return document.save();
}
