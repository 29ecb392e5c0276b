import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tessdata } from '../../src/base-ocr/engines/tessdata.js';
import { errorRates } from '../cer.js';
import { scanOf, type CorpusPage } from '../corpus/make-corpus.js';
import { median, printTable } from '../queue/statistics.js';
import type { ProductServer } from '../queue/server.js';
import type { Bench } from './bench.js';
import { ocrMyPdf, rawTesseract, rawTesseractJs, throughQueue, type Reading } from './contenders.js';

type Contender = readonly [name: string, read: () => Promise<Reading>];

/**
 * A scan from document to searchable PDF, against OCRmyPDF, and against the engines alone on ready page images.
 * @param data folder with the language data that we and the engines alone read with; absent: those the product brings
 */
export async function measureScan(bench: Bench, count: number, rounds: number, data?: string): Promise<void> {
  const pages = await bench.pages('scan', count);
  const scan = await bench.file('scan.pdf', await scanOf(pages.map((page) => page.image)));
  const images = await Promise.all(
    pages.map(({ image: { width, height, data } }, index) =>
      bench.file(`page-${index}.pgm`, Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), data])),
    ),
  );
  const tessdata = data ?? join(bench.folder, 'tessdata');
  if (data === undefined) await new Tessdata(tessdata).prepare('eng');
  const measure = async (server: ProductServer) => {
    await copyFile(scan, join(server.inbox, 'scan.pdf'));
    const queue =
      (provider: string, more = {}) =>
      () =>
        throughQueue(server, 'scan.pdf', { ocr_provider: provider, language: 'eng', ...more });
    const contenders: Contender[] = [
      ['ocr-queue, native tesseract', queue('tesseract_cli')],
      ['ocr-queue, embedded tesseract.js', queue('tesseract_js')],
      ['the same in black and white', queue('tesseract_js', { preprocess: { binarise: true } })],
      ['OCRmyPDF --output-type pdf --optimize 0', () => ocrMyPdf(scan, ['--output-type', 'pdf', '--optimize', '0'])],
      ['OCRmyPDF, its defaults', () => ocrMyPdf(scan, [])],
      ['tesseract processes on ready images', () => rawTesseract(images, tessdata)],
      ['tesseract.js, two workers, on ready images', () => rawTesseractJs(images, tessdata)],
    ];
    const title = `${count}-page scan at 300 dpi with noise and skew, language data ${data ?? 'of the product'}`;
    await compare(title, pages, rounds, contenders);
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
