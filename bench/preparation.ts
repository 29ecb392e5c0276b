/**
 * `npm run bench:preparation -- a.pdf b.pdf`: what drawing and preparing the first page of each document costs beside reading it. It is
 * done in this process, so that its processor time can be told step by step (V8's sampling profiler, by the file the time was
 * spent in). Engines take 1.3 to 3 seconds for such pages.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Session } from 'node:inspector/promises';
import { basename } from 'node:path';
import { OpenDocuments } from '../src/document/pdfium/open-documents.js';
import { withPage } from '../src/document/pdfium/page.js';
import { Pdfium } from '../src/document/pdfium/pdfium.js';
import { prepare } from '../src/document/pdfium/prepare.js';
import { readScan } from '../src/document/pdfium/scan-pixels.js';
import type { PreparedPage } from '../src/document/preparation/preparation.types.js';
import { readCharacters } from '../src/document/pdfium/page-characters.js';
import { readContent } from '../src/document/pdfium/page-content.js';

const MOST_PIXELS = 100_000_000;
const ROUNDS = 8;

const wasm = createRequire(import.meta.url).resolve('@hyzyla/pdfium/pdfium.wasm');
const pdfium = await Pdfium.load(await WebAssembly.compile(await readFile(wasm)), 1 << 30);

async function prepareOnce(path: string): Promise<PreparedPage> {
  const documents = new OpenDocuments(pdfium);
  try {
    const document = documents.get({ path });
    const scan = await readScan(document, 1, MOST_PIXELS);
    return withPage(pdfium, document, 1, (page) => {
      readContent(pdfium, page, readCharacters(pdfium, page));
      const request = { dpi: 0, preprocess: {}, manner: 'usual', turn: 0, picturesBeside: null } as const;
      return prepare(pdfium, document, page, { request, maxPixels: MOST_PIXELS, scan });
    });
  } finally {
    documents.closeAll();
  }
}

for (const path of process.argv.slice(2)) {
  for (let i = 0; i < 3; i++) await prepareOnce(path);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  const before = process.cpuUsage();
  let last: PreparedPage | undefined;
  for (let i = 0; i < ROUNDS; i++) last = await prepareOnce(path);
  const { user, system } = process.cpuUsage(before);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const files = new Map(profile.nodes.map(({ id, callFrame }) => [id, stepOf(callFrame)]));
  const spent = new Map<string, number>();
  profile.samples?.forEach((id, i) => {
    const file = files.get(id) ?? '?';
    spent.set(file, (spent.get(file) ?? 0) + (profile.timeDeltas?.[i] ?? 0) / 1000 / ROUNDS);
  });
  const steps = [...spent].sort((a, b) => b[1] - a[1]).filter(([, ms]) => ms >= 1);
  const size = last === undefined ? '' : `${last.image.width} x ${last.image.height} at ${last.image.dpi} dpi`;
  console.log(`${basename(path)}: ${((user + system) / 1000 / ROUNDS).toFixed(0)} ms of processor time, ${size}`);
  console.log(`    ${steps.map(([file, ms]) => `${file} ${ms.toFixed(0)}`).join(', ')}`);
}

function stepOf({ url, functionName }: { url: string; functionName: string }): string {
  if (url.startsWith('wasm')) return 'PDFium';
  return url === '' ? functionName : basename(url, '.ts');
}
