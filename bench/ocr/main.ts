/**
 * `npm run bench:ocr`: whole documents through the queue against OCRmyPDF, and against tesseract alone on ready page images.
 * Needs `ocrmypdf` and `tesseract` on the machine. `-- --pages 20`, `-- --rounds 3`, `-- --scale 20,200`.
 */
import 'reflect-metadata';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Tessdata } from '../../src/base-ocr/engines/tessdata.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { DocumentService } from '../../src/document/document.service.js';
import { residentMegabytes } from '../../test/support/process-tree.js';
import { errorRates } from '../cer.js';
import { CASES } from '../corpus/cases.js';
import { makePage, scanOf, type CorpusPage } from '../corpus/make-corpus.js';
import { BenchServer } from '../queue/bench-server.js';
import { ProductServer } from '../queue/server.js';
import { median, printTable } from '../queue/statistics.js';
import { ocrMyPdf, rawTesseract, rawTesseractJs, throughQueue, type Reading } from './contenders.js';

const MANUAL = new URL('../../test/documents/irm-400p.pdf', import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '20,200' },
    only: { type: 'string', default: 'scan,digital,scale' },
  },
});
const wanted = values.only.split(',');
const rounds = Number(values.rounds);
const folder = await mkdtemp(join(tmpdir(), 'bench-ocr-'));
const postgres = await BenchServer.start();
const server = await ProductServer.start(await postgres.createDatabase('ocr'), {});
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, PostgreSQL ${await postgres.version()}`);
try {
  if (wanted.includes('scan')) await measureScan();
  if (wanted.includes('digital')) await measureDigital();
  if (wanted.includes('scale')) await measureScale();
} finally {
  await server.stop();
  await postgres.stop();
  await rm(folder, { recursive: true });
}

/** Plain, noisy English pages at 300 dpi. */
async function corpus(count: number): Promise<CorpusPage[]> {
  const documents = new DocumentService(loadSettings({ data_dir: folder }, {}, folder));
  const kind = CASES.find(({ name }) => name === 'plain')!;
  const pages: CorpusPage[] = [];
  for (let index = 0; pages.length < count; index++) if (index % 3 !== 2) pages.push(await makePage(documents, kind, index));
  await documents.close();
  return pages;
}

async function measureScan(): Promise<void> {
  const pages = await corpus(Number(values.pages));
  const scan = join(server.inbox, 'scan.pdf');
  await writeFile(scan, await scanOf(pages.map((page) => page.image)));
  const own = join(folder, 'scan.pdf');
  await copyFile(scan, own);
  const images = await Promise.all(
    pages.map(async ({ image: { width, height, data } }, index) => {
      const path = join(folder, `page-${index}.pgm`);
      await writeFile(path, Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), data]));
      return path;
    }),
  );
  const tessdata = join(folder, 'tessdata');
  await new Tessdata(tessdata).prepare('eng');
  const queue = (provider: string) => () => throughQueue(server, scan, { ocr_provider: provider, language: 'eng' });
  await compare(`${pages.length}-page noisy scan at 300 dpi`, pages, [
    ['ocr-queue, native tesseract', queue('tesseract_cli')],
    ['ocr-queue, embedded tesseract.js', queue('tesseract_js')],
    ['OCRmyPDF --output-type pdf --optimize 0', () => ocrMyPdf(own, ['--output-type', 'pdf', '--optimize', '0'])],
    ['OCRmyPDF, its defaults', () => ocrMyPdf(own, [])],
    ['tesseract processes on ready images', () => rawTesseract(images, tessdata)],
    ['tesseract.js, two workers, on ready images', () => rawTesseractJs(images, tessdata)],
  ]);
}

async function compare(
  title: string,
  truth: readonly CorpusPage[],
  contenders: [string, () => Promise<Reading>][],
): Promise<void> {
  const readings = new Map<string, Reading[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, read] of contenders) readings.set(name, [...(readings.get(name) ?? []), await read()]);
  }
  const secondsOf = (name: string) => median(readings.get(name)!.map((reading) => reading.seconds));
  const [native, embedded] = [secondsOf(contenders[0]![0]), secondsOf(contenders[1]![0])];
  const rows = contenders.map(([name]) => {
    const seconds = secondsOf(name);
    const rates = truth.map((page, index) => errorRates(readings.get(name)![0]!.pages[index] ?? '', page.truth));
    const mean = (rate: 'cer' | 'wer') => (rates.reduce((sum, one) => sum + one[rate], 0) / rates.length) * 100;
    return [
      name,
      seconds.toFixed(1),
      ((truth.length * 60) / seconds).toFixed(0),
      `${(seconds / native).toFixed(2)}x`,
      `${(seconds / embedded).toFixed(2)}x`,
      mean('cer').toFixed(3),
      mean('wer').toFixed(2),
    ];
  });
  const head = ['what', 's', 'pages/min', 'its time / our native', 'its time / our embedded', 'CER %', 'WER %'];
  printTable(`${title}, median of ${rounds}`, head, rows);
}

/** Born digital: 400 pages that have their text. */
async function measureDigital(): Promise<void> {
  await copyFile(MANUAL, join(server.inbox, 'manual.pdf'));
  await copyFile(MANUAL, join(folder, 'manual.pdf'));
  const ours = await throughQueue(server, 'manual.pdf', { mode: 'skip_text' });
  const theirs = await ocrMyPdf(join(folder, 'manual.pdf'), ['--skip-text', '--output-type', 'pdf', '--optimize', '0']);
  const rows = [
    ['ocr-queue, skip_text', ours.seconds.toFixed(1), '1.00x'],
    [
      'OCRmyPDF --skip-text --output-type pdf --optimize 0',
      theirs.seconds.toFixed(1),
      `${(theirs.seconds / ours.seconds).toFixed(1)}x`,
    ],
  ];
  printTable('400 born-digital pages', ['what', 's', 'its time / ours'], rows);
}

/** Itself on longer and longer scans: time must grow with the pages, memory must not. */
async function measureScale(): Promise<void> {
  const base = await corpus(20);
  const rows: string[][] = [];
  for (const count of values.scale.split(',').map(Number)) {
    const images = Array.from({ length: count }, (_, index) => base[index % base.length]!.image);
    await writeFile(join(server.inbox, `scale-${count}.pdf`), await scanOf(images));
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, residentMegabytes(server.child.pid!))), 500);
    const { seconds } = await throughQueue(server, `scale-${count}.pdf`, {
      ocr_provider: 'tesseract_cli',
      formats: ['pdf', 'txt'],
    });
    clearInterval(watch);
    rows.push([String(count), seconds.toFixed(1), ((count * 60) / seconds).toFixed(0), peak.toFixed(0)]);
  }
  printTable('Longer scans, native engine', ['pages', 's', 'pages/min', 'peak RSS of the process tree, MB'], rows);
}
