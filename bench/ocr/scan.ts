import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Tessdata } from '../../src/base-ocr/engines/tessdata.js';
import { errorRates } from '../cer.js';
import { colourScanOf, scanOf, type CorpusPage } from '../corpus/make-corpus.js';
import { median, printTable } from '../queue/statistics.js';
import type { ProductServer } from '../queue/server.js';
import type { Bench } from './bench.js';
import { ocrMyPdf, rawTesseract, rawTesseractJs, throughQueue, type Reading } from './contenders.js';

type Contender = readonly [name: string, read: () => Promise<Reading>];

/** Pages a server has read before it is measured: it is there all the time. */
const WARM_UP = 4;

/** What is measured. */
export interface ScanMeasurement {
  /** Pages of the scan. */
  readonly count: number;
  readonly rounds: number;
  /** Folder with the language data that we and the engines alone read with; absent: those the product brings. */
  readonly data?: string;
  /** In gray, without loss; or in colour, as JPEG. */
  readonly packed: 'gray' | 'colour';
  /** Words of the contenders' names; absent: all of them. */
  readonly contenders?: readonly string[];
}

/**
 * A scan from document to searchable PDF, against OCRmyPDF, and against the engines alone on ready page images.
 */
export async function measureScan(
  bench: Bench,
  { count, rounds, data, packed, contenders: some }: ScanMeasurement,
): Promise<void> {
  const pages = await bench.pages('scan', count);
  const pack = packed === 'gray' ? scanOf : colourScanOf;
  const scan = await bench.file('scan.pdf', await pack(pages.map((page) => page.image)));
  const short = await bench.file('short.pdf', await pack(pages.slice(0, WARM_UP).map((page) => page.image)));
  const images = await bench.images(pages);
  const tessdata = data ?? join(bench.folder, 'tessdata');
  if (data === undefined) await new Tessdata(tessdata).prepare('eng');
  const measure = async (server: ProductServer) => {
    for (const path of [scan, short]) await copyFile(path, join(server.inbox, basename(path)));
    const read = (path: string, provider: string, more = {}) =>
      throughQueue(server, path, { ocr_provider: provider, language: 'eng', ...more });
    const queue =
      (provider: string, more = {}) =>
      () =>
        read(scan, provider, more);
    for (const provider of ['tesseract_cli', 'tesseract_js']) await read(short, provider);
    const contenders: Contender[] = [
      ['ocr-queue, native tesseract', queue('tesseract_cli')],
      ['ocr-queue, embedded tesseract.js', queue('tesseract_js')],
      ['the same in black and white', queue('tesseract_js', { preprocess: { binarise: true } })],
      ['OCRmyPDF --output-type pdf --optimize 0', () => ocrMyPdf(scan, ['--output-type', 'pdf', '--optimize', '0'])],
      ['OCRmyPDF, its defaults', () => ocrMyPdf(scan, [])],
      ['tesseract processes on ready images', () => rawTesseract(images, tessdata)],
      ['tesseract.js, two workers, on ready images', () => rawTesseractJs(images, tessdata)],
    ];
    const title = `${count}-page scan at 300 dpi with noise and skew, in ${packed}, language data ${data ?? 'of the product'}`;
    // Ours come first, and always: the others are told by them.
    const chosen = contenders.filter(([name], index) => index < 2 || (some ?? [name]).some((word) => name.includes(word)));
    await compare(title, pages, rounds, chosen);
  };
  await bench.withServer(measure, data === undefined ? {} : { OCR_TESSDATA_DIR: data });
}

async function compare(
  title: string,
  truth: readonly CorpusPage[],
  rounds: number,
  contenders: readonly Contender[],
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
