import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { PDFName, PDFRef } from 'pdf-lib';
import { loadSettings } from '../src/config/load-settings.js';
import { DocumentService } from '../src/document/document.service.js';
import type { PageLine, PageResult } from '../src/document/page-result.js';
import { writePdfA } from '../src/document/pdfa/write-pdfa.js';
import { ObjectFile } from '../src/document/write/object-file.js';
import { writeSearchablePdf } from '../src/document/write/searchable-pdf.js';
import { verifySearchablePdf } from '../src/document/write/verify-searchable-pdf.js';

/**
 * `npm run bench:merge`: seconds and peak memory of writing the searchable PDF, verifying it, and making PDF/A of it, over the number of pages and
 * the size of the document. Each case runs in a process of its own; its memory is that of the whole process, PDFium included.
 */
const CASES: [pages: number, kilobytesAPage: number][] = [
  [100, 20],
  [1000, 20],
  [5000, 20],
  [500, 460],
];
const WORDS_A_LINE = 10;
const LINES_A_PAGE = 45;
const TEXT =
  'the text of a page as it is read from paper with words of every length and nothing that repeats itself too soon'.split(' ');

if (process.argv[2] === undefined) {
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}`);
  console.log(
    '| pages | MB | write s | verify s | pages/s | PDF/A s | peak MB | longest block ms (write, verify, PDF/A) | layer bytes a page |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [pages, kilobytes] of CASES) {
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), String(pages), String(kilobytes)];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
} else await measure(Number(process.argv[2]), Number(process.argv[3]));

async function measure(pages: number, kilobytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-merge-'));
  const documents = new DocumentService(loadSettings({}, {}, folder));
  try {
    const [source, output, archive] = ['source.pdf', 'result.pdf', 'archive.pdf'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await makeSource(source, pages, kilobytes * 1024);
    const writing = await timed(() => writeSearchablePdf({ source: { path: source }, output, pages: results(pages) }));
    const request = { pdf: { path: output }, pageCount: pages, pages: results(pages), reader: documents };
    const verifying = await timed(() => verifySearchablePdf(request));
    const peak = process.resourceUsage().maxRSS / 1024;
    const archiving = await timed(() => writePdfA({ source: { path: output }, output: archive }));
    const bytes = statSync(source).size;
    const layer = (statSync(output).size - bytes) / pages;
    const both = writing.seconds + verifying.seconds;
    const row = [
      pages,
      (bytes / 1e6).toFixed(0),
      writing.seconds.toFixed(1),
      verifying.seconds.toFixed(1),
      (pages / both).toFixed(0),
      archiving.seconds.toFixed(1),
      peak.toFixed(0),
      [writing, verifying, archiving].map(({ block }) => block.toFixed(0)).join(', '),
      layer.toFixed(0),
    ];
    console.log(`| ${row.join(' | ')} |`);
  } finally {
    await documents.close();
    rmSync(folder, { recursive: true });
  }
}

/** How long the work took, and the longest time it let nothing else in the process have its turn, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<{ seconds: number; block: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  await new Promise(setImmediate);
  delay.disable();
  return { seconds, block: delay.max / 1e6 };
}

/** A scan: one gray image of noise a page, which no filter makes smaller. */
async function makeSource(path: string, pages: number, bytesAPage: number): Promise<void> {
  const file = await ObjectFile.open(path, 'w');
  const { context } = file;
  const side = Math.floor(Math.sqrt(bytesAPage));
  const noise = Buffer.alloc(side * side);
  await file.append('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n');
  file.noteFreeHead();
  const [catalog, tree] = [PDFRef.of(1), PDFRef.of(2)];
  for (let page = 0; page < pages; page++) {
    const [leaf, image, content] = [0, 1, 2].map((i) => PDFRef.of(3 + 3 * page + i)) as [PDFRef, PDFRef, PDFRef];
    randomFillSync(noise);
    const dict = { Type: 'XObject', Subtype: 'Image', Width: side, Height: side, BitsPerComponent: 8, ColorSpace: 'DeviceGray' };
    await file.writePacked(image, file.dict({ ...dict, Length: noise.length }), once(noise));
    await file.writeStream(content, Buffer.from('q 612 0 0 792 0 0 cm /I Do Q'));
    const resources = context.obj({ XObject: { I: image } });
    const entries = {
      Type: 'Page',
      Parent: tree,
      MediaBox: context.obj([0, 0, 612, 792]),
      Resources: resources,
      Contents: content,
    };
    await file.writeObject(leaf, file.dict(entries));
  }
  const kids = context.obj(Array.from({ length: pages }, (_, page) => PDFRef.of(3 + 3 * page)));
  await file.writeObject(tree, file.dict({ Type: 'Pages', Count: pages, Kids: kids }));
  await file.writeObject(catalog, file.dict({ Type: PDFName.of('Catalog'), Pages: tree }));
  await file.writeTable({ Root: catalog, Size: 3 + 3 * pages });
  await file.close();
}

async function* once(data: Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(data);
}

/** Made when asked for, as they come from the store. */
async function* results(pages: number): AsyncGenerator<PageResult> {
  for (let page = 1; page <= pages; page++) yield resultOf(page);
}

function resultOf(page: number): PageResult {
  const lines = Array.from({ length: LINES_A_PAGE }, (_, line) => lineOf(page, line));
  const box = { x0: 50, y0: 60, x1: 560, y1: 740 };
  return {
    page,
    width: 612,
    height: 792,
    rotation: 0,
    source: 'recognised',
    orientation: 0,
    skew: 0,
    confidence: 90,
    dpi: 300,
    engine: null,
    duration_ms: 0,
    blocks: [{ box, paragraphs: [{ box, lines }] }],
  };
}

function lineOf(page: number, line: number): PageLine {
  const y0 = 60 + line * 15;
  let x = 50;
  const words = Array.from({ length: WORDS_A_LINE }, (_, i) => {
    const text = TEXT[(page * 7 + line * 13 + i * 5) % TEXT.length] ?? '';
    const x0 = x;
    x += text.length * 5.2 + ((page + line + i) % 5);
    const box = { x0, y0, x1: x, y1: y0 + 11 };
    x += 4;
    return { text, box, confidence: 90 };
  });
  return { box: { x0: 50, y0, x1: x, y1: y0 + 11 }, words };
}
