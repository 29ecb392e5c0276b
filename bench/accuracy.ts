/**
 * `npm run bench:accuracy`: how exactly pages of each kind of the corpus are read, by tesseract alone (the native program with its
 * defaults, on the page drawn at 300 dpi) and through the page pipeline with the same program and the same language data.
 * `-- --pages 6` sets the pages of each kind (default 4), `-- --only skewed,faint` the kinds, `-- --provider tesseract_js` the engine.
 * Pages are made by bench/corpus, the same on every machine; error rates are those of bench/cer.ts.
 */
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BaseOcr } from '../src/base-ocr/base-ocr.js';
import { EngineRegistry } from '../src/base-ocr/engine-registry.js';
import { Tessdata } from '../src/base-ocr/engines/tessdata.js';
import { loadSettings } from '../src/config/load-settings.js';
import { DocumentService } from '../src/document/document.service.js';
import type { GrayImage } from '../src/document/document.types.js';
import { textOf } from '../src/document/page-result.js';
import { errorRates, type ErrorRates } from './cer.js';
import { CASES } from './corpus/cases.js';
import { makePage, scanOf, type CorpusPage } from './corpus/make-corpus.js';

/** Resolution tesseract alone gets the page at: what scans are usually drawn at. */
const PLAIN_DPI = 300;

interface Outcome extends ErrorRates {
  /** Seconds of all pages, one after the other. */
  seconds: number;
}

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '4' },
    only: { type: 'string' },
    provider: { type: 'string', default: 'tesseract_cli' },
  },
});
const pageCount = Number(values.pages);
const kinds = CASES.filter(({ name }) => values.only === undefined || values.only.split(',').includes(name));

const folder = await mkdtemp(join(tmpdir(), 'accuracy-'));
const settings = loadSettings({ data_dir: folder, ocr_slots: 1 }, {}, folder);
const documents = new DocumentService(settings);
const ocr = new BaseOcr(settings, documents, new EngineRegistry(settings));
const tessdata = new Tessdata(join(folder, 'tessdata'));
try {
  await tessdata.prepare('eng+fra');
  console.log(`${pageCount} pages of each kind, ${values.provider}, ${availableParallelism()} cores, Node ${process.version}`);
  console.log(['kind', 'tesseract alone: CER', 'WER', 's', 'pipeline: CER', 'WER', 's'].join(' | '));
  for (const kind of kinds) {
    const pages: CorpusPage[] = [];
    for (let index = 0; index < pageCount; index++) pages.push(await makePage(documents, kind, index));
    const path = join(folder, `${kind.name}.pdf`);
    await writeFile(path, await scanOf(pages.map((page) => page.image)));
    const alone = await measure(pages, async ({ language }, page) =>
      readAlone(await documents.render({ path }, page, { dpi: PLAIN_DPI }), language),
    );
    const ours = await measure(pages, ({ language }, page) => readByPipeline(path, page, language));
    const shown = ({ cer, wer, seconds }: Outcome) => [
      `${(100 * cer).toFixed(3)} %`,
      `${(100 * wer).toFixed(2)} %`,
      seconds.toFixed(1),
    ];
    console.log([kind.name, ...shown(alone), ...shown(ours)].join(' | '));
  }
} finally {
  await ocr.onModuleDestroy();
  await documents.close();
  await rm(folder, { recursive: true });
}

async function measure(
  pages: readonly CorpusPage[],
  read: (page: CorpusPage, number: number) => Promise<string>,
): Promise<Outcome> {
  const started = performance.now();
  const sum = { cer: 0, wer: 0 };
  for (const [index, page] of pages.entries()) {
    const { cer, wer } = errorRates(await read(page, index + 1), page.truth);
    sum.cer += cer;
    sum.wer += wer;
  }
  return { cer: sum.cer / pages.length, wer: sum.wer / pages.length, seconds: (performance.now() - started) / 1000 };
}

async function readByPipeline(path: string, page: number, language: string): Promise<string> {
  const { signal } = new AbortController();
  const provider = values.provider;
  return textOf(await ocr.readPage({ pdf: { path }, page, mode: 'skip_text', language, provider, signal }));
}

/** `tesseract stdin stdout -l <language> --dpi 300`, on one core. */
function readAlone({ width, height, data, dpi }: GrayImage, language: string): Promise<string> {
  const options = ['stdin', 'stdout', '--tessdata-dir', tessdata.folder, '-l', language, '--dpi', String(dpi)];
  const child = spawn('tesseract', options, {
    env: { PATH: process.env.PATH, OMP_THREAD_LIMIT: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.write(`P5\n${width} ${height}\n255\n`);
  child.stdin.end(data);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(Buffer.concat(parts).toString('utf8')) : reject(new Error(`tesseract ended with ${code}`)),
    );
  });
}
