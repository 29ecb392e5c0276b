import { readFile } from 'node:fs/promises';
import { PDFDocument } from 'pdf-lib';
import { encode } from 'fast-png';
import { loadSettings } from '../../src/config/load-settings.js';
import { DocumentService } from '../../src/document/document.service.js';

/** The folder of the documents tests use. */
export const DOCUMENTS = new URL('../documents/', import.meta.url).pathname;

/** A born-digital document of 400 pages: what scans are made of. */
export const MANUAL = `${DOCUMENTS}irm-400p.pdf`;

/**
 * A scan: pages of a document drawn as gray images and put into a PDF without any text.
 * @param pages 1-based pages of the document; a page may come several times
 */
export async function scanOf(path: string, pages: readonly number[], dpi: number): Promise<Uint8Array> {
  const documents = new DocumentService(loadSettings({}, {}, '/tmp'));
  try {
    const scan = await PDFDocument.create();
    for (const page of pages) {
      const { width, height, data } = await documents.render({ path }, page, { dpi });
      const image = await scan.embedPng(encode({ width, height, data, channels: 1 }));
      const [w, h] = [(width * 72) / dpi, (height * 72) / dpi];
      scan.addPage([w, h]).drawImage(image, { x: 0, y: 0, width: w, height: h });
    }
    return await scan.save();
  } finally {
    await documents.close();
  }
}

/** The words of a text, in order: what two readings are compared by. */
export function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

export function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
