import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrayImage } from '../../src/document/document.types.js';
import { DeterministicEngine } from '../../test/support/deterministic-engine.js';
import { residentMegabytes } from '../../test/support/process-tree.js';
import { randomFrom } from '../corpus/random.js';
import { scanOf } from '../corpus/make-corpus.js';
import { printTable } from '../queue/statistics.js';
import type { Bench } from './bench.js';
import { throughQueue } from './contenders.js';

/** A scanned page of 460 KB: noise of eight tones over lines of dark blocks, which stand for writing. */
const PAGE = { width: 1000, height: 1290, dpi: 120 };
/** What the many small pages of the longest document show. */
const NOTE = { width: 600, height: 120, dpi: 150 };
const NOTES = 20;
const LOOK_EVERY_MS = 250;

/**
 * The most memory the server's process tree takes for large and for long documents. The engine is a service of the benchmark's own that
 * answers with a hash, so that what is measured is everything beside the engine.
 */
export async function measureMemory(bench: Bench): Promise<void> {
  const engine = await DeterministicEngine.start();
  const notes = Array.from({ length: NOTES }, (_, seed) => noisyPage(NOTE, seed));
  const documents: [what: string, count: number, images: () => GrayImage[]][] = [
    ['large pages', 50, () => differentPages(50)],
    ['large pages', 500, () => differentPages(500)],
    ['small pages', 500, () => repeated(notes, 500)],
    ['small pages', 5000, () => repeated(notes, 5000)],
  ];
  const rows: string[][] = [];
  for (const [what, count, images] of documents) {
    const pdf = await scanOf(images());
    await bench.withServer(
      async (server) => {
        await writeFile(join(server.inbox, 'scan.pdf'), pdf);
        const idle = residentMegabytes(server.child.pid!);
        let peak = 0;
        const watch = setInterval(() => (peak = Math.max(peak, residentMegabytes(server.child.pid!))), LOOK_EVERY_MS);
        const { seconds } = await throughQueue(server, 'scan.pdf', { second_look: false, formats: ['pdf', 'txt', 'json'] });
        clearInterval(watch);
        const megabytes = (pdf.length / 1024 ** 2).toFixed(0);
        rows.push([String(count), what, megabytes, seconds.toFixed(0), idle.toFixed(0), peak.toFixed(0)]);
      },
      { OCR_DEFAULT_PROVIDER: 'http', OCR_HTTP_OCR_URL: engine.url, OCR_URL_ALLOW_PRIVATE: 'true', OCR_MAX_PAGES: '10000' },
    );
  }
  await engine.close();
  const head = ['pages', 'of which kind', 'document MB', 's', 'idle server MB', 'peak of its process tree MB'];
  printTable('Memory beside the engine', head, rows);
}

function differentPages(count: number): GrayImage[] {
  return Array.from({ length: count }, (_, seed) => noisyPage(PAGE, seed));
}

function repeated(images: readonly GrayImage[], count: number): GrayImage[] {
  return Array.from({ length: count }, (_, index) => images[index % images.length]!);
}

function noisyPage({ width, height, dpi }: Omit<GrayImage, 'data'>, seed: number): GrayImage {
  const random = randomFrom(seed + 1);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = 220 + Math.floor(random() * 8) * 4;
  for (let y = 30; y + 20 < height; y += 40) {
    for (let x = 40; x + 20 < width - 40; x += 16 + Math.floor(random() * 14)) {
      for (let row = 0; row < 14; row++) data.fill(30, (y + row) * width + x, (y + row) * width + x + 9);
    }
  }
  return { width, height, data, dpi };
}
