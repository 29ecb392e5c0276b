import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { PDFDocument, PDFName, type PDFRef } from 'pdf-lib';
import type { DocumentService } from '../../src/document/document.service.js';
import type { GrayImage } from '../../src/document/document.types.js';
import type { CorpusCase } from './cases.js';
import { colourJpeg } from './colour.js';
import { setPage, type PageLayout } from './set-page.js';
import { ENGLISH, FRENCH } from './texts.js';

/** Resolution pages are drawn at before they are damaged. */
const MASTER_DPI = 300;

/** One page of the corpus: its image as a scanner would give it, and the text that stands on it. */
export interface CorpusPage {
  readonly image: GrayImage;
  readonly truth: string;
  /** In tesseract's form. */
  readonly language: 'eng' | 'fra';
}

/** Page `index` of a case, the same on every machine. Every third page is French; fonts alternate. */
export async function makePage(documents: DocumentService, kind: CorpusCase, index: number): Promise<CorpusPage> {
  const language = index % 3 === 2 ? 'fra' : 'eng';
  const layout: PageLayout = { font: index % 2 === 0 ? 'Times-Roman' : 'Helvetica', size: 11, columns: 1, ...kind.layout };
  const { pdf, truth } = await setPage(paragraphsFor(language, index), layout);
  const image = await drawnBy(documents, pdf);
  const damaged = kind.damage(index).reduce((current, damage, step) => damage(current, index * 31 + step + 1), image);
  return { image: damaged, truth, language };
}

/** A PDF that shows these images, each on a page of its own of its physical size, losslessly; an image given twice is kept once. */
export async function scanOf(images: readonly GrayImage[]): Promise<Uint8Array> {
  const scan = await PDFDocument.create();
  await addScans(scan, images);
  return scan.save();
}

/** The same as a scanner gives it in colour: JPEGs. */
export async function colourScanOf(images: readonly GrayImage[]): Promise<Uint8Array> {
  const scan = await PDFDocument.create();
  for (const [index, image] of images.entries()) {
    const picture = await scan.embedJpg(await colourJpeg(image, index + 1));
    const [width, height] = [(image.width * 72) / image.dpi, (image.height * 72) / image.dpi];
    scan.addPage([width, height]).drawImage(picture, { width, height });
  }
  return scan.save();
}

/** Adds a page for each image to a document. */
export async function addScans(document: PDFDocument, images: readonly GrayImage[]): Promise<void> {
  const pictures = new Map<GrayImage, PDFRef>();
  for (const image of images) {
    const [width, height] = [(image.width * 72) / image.dpi, (image.height * 72) / image.dpi];
    const picture = pictures.get(image) ?? document.context.register(grayPicture(document, image));
    pictures.set(image, picture);
    const page = document.addPage([width, height]);
    page.node.setXObject(PDFName.of('Scan'), picture);
    const content = document.context.flateStream(`q ${width} 0 0 ${height} 0 0 cm /Scan Do Q`);
    page.node.set(PDFName.of('Contents'), document.context.register(content));
  }
}

/** The image in gray as it is: pdf-lib's own way would make three times as many bytes of it, in colour. */
function grayPicture({ context }: PDFDocument, { width, height, data }: GrayImage) {
  const format = {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 8,
  };
  return context.stream(deflateSync(data), { ...format, Filter: 'FlateDecode' });
}

/** Enough to fill any page, beginning elsewhere on each. */
function paragraphsFor(language: 'eng' | 'fra', index: number): string[] {
  const source = language === 'fra' ? FRENCH : ENGLISH;
  return Array.from({ length: 40 }, (_, i) => source[(index * 3 + i) % source.length] as string);
}

async function drawnBy(documents: DocumentService, pdf: Uint8Array): Promise<GrayImage> {
  const folder = await mkdtemp(join(tmpdir(), 'corpus-'));
  try {
    const path = join(folder, 'page.pdf');
    await writeFile(path, pdf);
    return await documents.render({ path }, 1, { dpi: MASTER_DPI });
  } finally {
    await rm(folder, { recursive: true });
  }
}
