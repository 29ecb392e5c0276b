import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { addScans } from '../corpus/make-corpus.js';
import { median, printTable } from '../queue/statistics.js';
import type { Bench } from './bench.js';
import { ocrMyPdf, throughQueue } from './contenders.js';

const MANUAL = new URL('../../test/documents/irm-400p.pdf', import.meta.url).pathname;
/** Scanned pages behind the born-digital ones of the mixed document. */
const SCANNED = 4;
/** Pages of a document as most are. */
const SHORT = 20;
/** What OCRmyPDF writes, too: a PDF and its text. */
const OPTIONS = { mode: 'skip_text', formats: ['pdf', 'txt'] };

/**
 * Documents most of whose pages have their text already, against OCRmyPDF, which leaves such pages out too. A server is there all the time, so
 * it has done each document once before; what that took is told too.
 */
export async function measureDigital(bench: Bench, rounds: number): Promise<void> {
  const manual = await bench.file('manual.pdf', await readFile(MANUAL));
  const short = await bench.file('short.pdf', await firstPages(SHORT));
  const mixed = await bench.file('mixed.pdf', await mixedDocument(bench));
  const rows: string[][] = [];
  await bench.withServer(async (server) => {
    for (const [what, path, name] of [
      ['400 born-digital pages', manual, 'manual.pdf'],
      [`the first ${SHORT} of them`, short, 'short.pdf'],
      [`the same and ${SCANNED} scanned pages`, mixed, 'mixed.pdf'],
    ] as const) {
      await copyFile(path, join(server.inbox, name));
      const [ours, theirs, bare]: [number[], number[], number[]] = [[], [], []];
      const first = (await throughQueue(server, name, OPTIONS)).seconds;
      for (let round = 0; round < rounds; round++) {
        ours.push((await throughQueue(server, name, OPTIONS)).seconds);
        theirs.push((await ocrMyPdf(path, ['--skip-text'])).seconds);
        bare.push((await ocrMyPdf(path, ['--skip-text', '--output-type', 'pdf', '--optimize', '0'])).seconds);
      }
      const against = (others: number[]) => `${median(others).toFixed(2)} (${(median(others) / median(ours)).toFixed(1)}x)`;
      rows.push([what, first.toFixed(2), median(ours).toFixed(2), against(theirs), against(bare)]);
    }
  });
  const head = [
    'document',
    'ocr-queue, skip_text, the first time, s',
    'after that, s',
    'OCRmyPDF --skip-text, s (theirs / ours)',
    'and --output-type pdf --optimize 0',
  ];
  printTable(`Born digital and mixed, median of ${rounds}`, head, rows);
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

async function mixedDocument(bench: Bench): Promise<Uint8Array> {
  const document = await PDFDocument.load(await readFile(MANUAL));
  const pages = await bench.pages('scan', SCANNED);
  await addScans(
    document,
    pages.map(({ image }) => image),
  );
  return document.save();
}
