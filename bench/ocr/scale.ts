import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { residentMegabytes } from '../../test/support/process-tree.js';
import type { GrayImage } from '../../src/document/document.types.js';
import { scanOf } from '../corpus/make-corpus.js';
import { printTable } from '../queue/statistics.js';
import type { ProductServer } from '../queue/server.js';
import type { Bench } from './bench.js';
import { call, throughQueue } from './contenders.js';

/** Part of a page's height the slips have that the long documents are made of: thousands of them are read in minutes. */
const SLIP = 0.16;
const FIRST_PAGE_OF = 400;
const LOOK_EVERY_MS = 20;

/** Itself on one and on two cores, and on longer and longer scans: time must grow with the pages, memory must not. */
export async function measureScale(bench: Bench, counts: readonly number[]): Promise<void> {
  const slips = (await bench.pages('scan', 20)).map(({ image }) => slipOf(image));
  const rows: string[][] = [];
  const measure = async (count: number, cores: string | undefined) =>
    bench.withServer(
      async (server) => {
        const images = Array.from({ length: count }, (_, index) => slips[index % slips.length]!);
        await writeFile(join(server.inbox, 'slips.pdf'), await scanOf(images));
        let peak = 0;
        const watch = setInterval(() => (peak = Math.max(peak, residentMegabytes(server.child.pid!))), 500);
        const { seconds } = await throughQueue(server, 'slips.pdf', { ocr_provider: 'tesseract_cli', formats: ['pdf', 'txt'] });
        clearInterval(watch);
        const pagesPerMinute = ((count * 60) / seconds).toFixed(0);
        rows.push([String(count), cores === undefined ? '2' : '1', seconds.toFixed(1), pagesPerMinute, peak.toFixed(0)]);
      },
      cores === undefined ? {} : { OCR_OCR_SLOTS: '1' },
      cores,
    );
  await measure(Math.min(200, ...counts.slice(1)), '0');
  for (const count of counts) await measure(count, undefined);
  printTable(
    'Longer and longer scans of small pages, native tesseract',
    ['pages', 'cores', 's', 'pages/min', 'peak RSS of the process tree, engines included, MB'],
    rows,
  );
}

/** From the submission of a long scan until its first page can be read, against what one such page takes alone. */
export async function measureFirstPage(bench: Bench): Promise<void> {
  const pages = (await bench.pages('scan', 20)).map(({ image }) => image);
  await bench.withServer(async (server) => {
    await writeFile(join(server.inbox, 'one.pdf'), await scanOf(pages.slice(0, 1)));
    const long = Array.from({ length: FIRST_PAGE_OF }, (_, index) => pages[index % pages.length]!);
    await writeFile(join(server.inbox, 'long.pdf'), await scanOf(long));
    const one = await untilFirstPage(server, 'one.pdf');
    const first = await untilFirstPage(server, 'long.pdf');
    printTable(
      `Seconds from submission until the first page is readable, native tesseract`,
      ['one page alone', `first of ${FIRST_PAGE_OF}`, 'ratio'],
      [[one.toFixed(2), first.toFixed(2), `${(first / one).toFixed(2)}x`]],
    );
  });
}

async function untilFirstPage(server: ProductServer, name: string): Promise<number> {
  const started = performance.now();
  const { task_id: id } = await call<{ task_id: string }>(server, '/api/ocr/tasks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ document_path: name, options: { ocr_provider: 'tesseract_cli', cache: false } }),
  });
  for (;;) {
    const answer = await fetch(`${server.url}/api/ocr/tasks/${id}/pages/1`);
    await answer.body?.cancel();
    if (answer.ok) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const seconds = (performance.now() - started) / 1000;
  await fetch(`${server.url}/api/ocr/tasks/${id}/cancel`, { method: 'POST' });
  return seconds;
}

/** The top of a page: a slip of paper with a few lines. */
function slipOf({ width, height, data, dpi }: GrayImage): GrayImage {
  const rows = Math.round(height * SLIP);
  return { width, height: rows, data: data.subarray(0, rows * width), dpi };
}
