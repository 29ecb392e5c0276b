import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentPath, grayTiff } from '../../test/engines/images.js';
import { loadSettings } from '../config/load-settings.js';
import { DocumentService } from '../document/document.service.js';
import type { GrayImage } from '../document/document.types.js';
import { textOf, type PageResult } from '../document/page-result.js';
import { makeTiff } from '../document/testing/make-tiff.js';
import { BaseOcr } from './base-ocr.js';
import { EngineRegistry } from './engine-registry.js';
import { ENGINES } from './engines/index.js';

const folder = mkdtempSync(join(tmpdir(), 'long-pages-'));

describe('reading pages much longer than wide', () => {
  const settings = loadSettings({ data_dir: folder, ocr_slots: 1, page_timeout: 60 }, {}, folder);
  const documents = new DocumentService(settings);
  const ocr = new BaseOcr(settings, documents, new EngineRegistry(settings, ENGINES));
  const truth = wordsIn(readFileSync(documentPath('phototest.txt'), 'utf8'));
  const print = grayTiff('phototest.tif', 200);

  beforeAll(() => ocr.onModuleInit());
  afterAll(async () => {
    await ocr.onModuleDestroy();
    await documents.close();
    rmSync(folder, { recursive: true });
  });

  async function read(image: Uint8Array): Promise<PageResult> {
    const [sourcePath, pdfPath] = [join(folder, 'image'), join(folder, 'page.pdf')];
    writeFileSync(sourcePath, image);
    await ocr.prepare({ sourcePath, pdfPath, mode: 'skip_text' });
    const signal = new AbortController().signal;
    return ocr.readPage({
      pdf: { path: pdfPath },
      page: 1,
      mode: 'skip_text',
      language: 'eng',
      provider: 'tesseract_js',
      signal,
    });
  }

  it('reads a long screenshot that does not tell its resolution', async () => {
    const { data, width, height } = onSheet(print, 1280, 8000, 40);
    const result = await read(encodePng({ width, height, data, channels: 1 }));
    expect(wordsIn(textOf(result))).toEqual(truth);
  }, 60_000);

  it('reads a roll longer than engines take at a lower resolution', async () => {
    const { data, width, height } = onSheet(print, 720, 34_000, 30_000);
    const result = await read(makeTiff([{ width, height, samples: 1, bits: 8, photometric: 1, dpi: 200, strips: [data] }]));
    // Brought down a little, the print of one bit a pixel loses a dot on an i.
    expect(wordsIn(textOf(result).toLowerCase())).toEqual(truth.map((word) => word.toLowerCase()));
  }, 60_000);
});

/** The image on a white sheet, `top` pixels from its upper edge. */
function onSheet(image: GrayImage, width: number, height: number, top: number): GrayImage {
  const data = new Uint8Array(width * height).fill(255);
  for (let y = 0; y < image.height; y++) {
    data.set(image.data.subarray(y * image.width, (y + 1) * image.width), (y + top) * width + 40);
  }
  return { width, height, data, dpi: image.dpi };
}

function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
