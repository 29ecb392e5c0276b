import { parentPort, workerData } from 'node:worker_threads';
import { OcrError } from '../../errors/ocr-error.js';
import type { PageSurvey } from '../document.types.js';
import type { PageBlock } from '../page-result.js';
import { freeMemory } from '../../threads/free-memory.js';
import { exportPages, type ExportOrder } from '../exporters/export-pages.js';
import { isFailedPage } from '../exporters/exporter.js';
import { drawColour, drawGray } from './draw.js';
import { OpenDocuments, type OpenDocument } from './open-documents.js';
import { hasWrittenAnnotations, readWithAnnotations } from './annotation-text.js';
import { textSwitchedOff } from './text-switched-off.js';
import { readCharacters, type PageCharacter } from './page-characters.js';
import { packed, readContent, survey, textOf, type SurveyedPage } from './page-content.js';
import { withPage, type LoadedPage } from './page.js';
import { Pdfium } from './pdfium.js';
import { prepare } from './prepare.js';
import type { ScanImage } from '../scan/scan-image.js';
import { save } from './save.js';
import { readScan } from './scan-pixels.js';
import type { PdfiumAnswer, PdfiumReply, PdfiumRequest, PdfiumWorkerData, PdfRequest } from './protocol.js';
import { layOutText } from './text-layout.js';

/** Documents are closed after this many milliseconds in which none was needed, so that deleted ones give their disk space back. */
const IDLE_CLOSE = 10_000;
/**
 * What a page without images counts as that is only looked into: hardly anything of it stays in PDFium's memory, and to open a document anew costs
 * as much as to look into five such pages.
 */
const TEXT_USE = 0.1;

if (parentPort === null) throw new Error('This module runs in a worker thread');
const port = parentPort;
const { compiled, limits, mostBytes } = workerData as PdfiumWorkerData;
const pdfium = await Pdfium.load(compiled, mostBytes);
const documents = new OpenDocuments(pdfium);
let idle: NodeJS.Timeout | undefined;

// The pool sends a request only when the one before is answered.
port.on('message', async (request: PdfiumRequest) => {
  if (request.op === 'export') {
    const reply = exported(request.order);
    port.postMessage(reply, buffersOf(reply));
    return;
  }
  clearTimeout(idle);
  const reply = await answer(request);
  port.postMessage(reply, buffersOf(reply));
  idle = setTimeout(() => documents.closeAll(), IDLE_CLOSE).unref();
});

async function answer(request: PdfRequest): Promise<PdfiumReply> {
  try {
    const document = documents.get(request.pdf, request.op === 'survey' ? 0 : 1);
    return { ok: true, value: await perform(request, document), memoryBytes: pdfium.memoryBytes };
  } catch (error) {
    const page = 'page' in request ? request.page : undefined;
    const known = error instanceof OcrError;
    const code = known ? error.code : 'render_crashed';
    const detail = known ? error.message : 'The renderer stopped working on the document';
    const cause = known ? undefined : stackOf(error);
    return { ok: false, code, detail, page: known ? error.page : page, cause, memoryBytes: pdfium.memoryBytes, fatal: !known };
  }
}

/** Whatever is wrong with the pages, PDFium has no part in it. */
function exported(order: ExportOrder): PdfiumReply {
  try {
    const value = exportPages(order);
    for (const stored of order.pages) if (!isFailedPage(stored)) freeMemory(stored.json);
    return { ok: true, value, memoryBytes: pdfium.memoryBytes };
  } catch (error) {
    const { code, message: detail, page } = OcrError.from(error, 'merge_failed');
    return { ok: false, code, detail, page, cause: stackOf(error), memoryBytes: pdfium.memoryBytes, fatal: false };
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function perform(request: PdfRequest, document: OpenDocument): Promise<PdfiumAnswer> {
  if (request.op === 'open') {
    if (document.pageCount > limits.maxPages) {
      throw new OcrError('too_many_pages', {
        detail: `The document has ${document.pageCount} pages; ${limits.maxPages} are allowed`,
      });
    }
    return { pageCount: document.pageCount, encrypted: document.encrypted };
  }
  if (request.op === 'save') {
    save(pdfium, document, request.output, request.how);
    // All of it is in PDFium's memory now.
    documents.endUse(request.pdf);
    return { output: request.output };
  }
  // A page that cannot be looked into is left out: what is wrong with it is told when it is asked for by itself.
  if (request.op === 'survey') {
    const hidesLayers = await document.hidesLayers();
    const found = request.pages.flatMap((number) => surveyed(document, number, hidesLayers));
    const plain = found.filter(({ content }) => content.images.length === 0).length;
    documents.count(request.pdf, request.pages.length - plain * (1 - TEXT_USE));
    return packed(withAnnotations(request, document, found, hidesLayers));
  }
  const scan = request.op === 'prepare' ? await readScan(document, request.page, limits.maxPixels) : null;
  const hidesLayers = (request.op === 'content' || request.op === 'readText') && (await document.hidesLayers());
  return withPage(pdfium, document, request.page, (page) => performOnPage(request, document, page, { scan, hidesLayers }));
}

type Surveyed = SurveyedPage & { readonly written: boolean };

/** The page's own text, without that of layers which are switched off. */
function charactersOf(page: LoadedPage, hidesLayers: boolean): PageCharacter[] {
  return readCharacters(pdfium, page, hidesLayers ? textSwitchedOff(pdfium, page) : undefined);
}

/** Puts what annotations show among the text of pages that have some: last of all, since that changes the open document. */
function withAnnotations(
  { pdf }: PdfRequest,
  document: OpenDocument,
  found: readonly Surveyed[],
  hidesLayers: boolean,
): SurveyedPage[] {
  const read = (page: LoadedPage) => charactersOf(page, hidesLayers);
  return found.map(({ written, ...page }) => {
    if (!written) return page;
    documents.endUse(pdf);
    return { ...page, ...textOf(readWithAnnotations(pdfium, document, page.page, read)) };
  });
}

function surveyed(document: OpenDocument, number: number, hidesLayers: boolean): Surveyed[] {
  try {
    return withPage(pdfium, document, number, (page) => {
      const found = survey(pdfium, page, charactersOf(page, hidesLayers));
      // the text of pages without any of their own is not asked for
      const hasText = found.content.visibleChars + found.content.invisibleChars > 0;
      return [{ ...found, written: hasText && hasWrittenAnnotations(pdfium, page) }];
    });
  } catch (error) {
    if (error instanceof OcrError) return [];
    throw error;
  }
}

function performOnPage(
  request: Exclude<PdfRequest, { op: 'open' | 'survey' | 'save' }>,
  document: OpenDocument,
  page: LoadedPage,
  { scan, hidesLayers }: { readonly scan: ScanImage | null; readonly hidesLayers: boolean },
): PdfiumAnswer {
  switch (request.op) {
    case 'content':
      return readContent(pdfium, page, charactersOf(page, hidesLayers));
    case 'render':
      return drawGray(pdfium, document, page, request.dpi, limits.maxPixels);
    case 'prepare':
      return prepare(pdfium, document, page, { request: request.request, maxPixels: limits.maxPixels, scan });
    case 'renderColour':
      return drawColour(pdfium, document, page, request.width, limits.maxPixels);
    case 'readText': {
      const wanted = request.choice;
      const characters = charactersFor(request, document, page, hidesLayers);
      return layOutText(
        wanted === 'all'
          ? characters
          : characters.filter((character) => character.generated || character.invisible === (wanted === 'invisible')),
      );
    }
  }
}

/** The page's characters, and those its annotations show where these may be wanted. */
function charactersFor(
  { pdf, choice }: Extract<PdfRequest, { op: 'readText' }>,
  document: OpenDocument,
  page: LoadedPage,
  hidesLayers: boolean,
): PageCharacter[] {
  const read = (loaded: LoadedPage) => charactersOf(loaded, hidesLayers);
  if (choice === 'invisible' || !hasWrittenAnnotations(pdfium, page)) return read(page);
  documents.endUse(pdf);
  return readWithAnnotations(pdfium, document, page.number, read);
}

/** What lies outside of V8's heap is handed over, not copied. */
function buffersOf(reply: PdfiumReply): ArrayBuffer[] {
  if (!reply.ok) return [];
  if (Array.isArray(reply.value)) return [...new Set(reply.value.flatMap(bufferOf))];
  if ('data' in reply.value) return [reply.value.data.buffer as ArrayBuffer];
  if ('image' in reply.value) return [reply.value.image.data.buffer as ArrayBuffer];
  if ('rgba' in reply.value) return [reply.value.rgba.buffer as ArrayBuffer];
  return [];
}

function bufferOf(item: PageSurvey | PageBlock | Uint8Array | null): ArrayBuffer[] {
  const bytes = item !== null && 'blocks' in item ? item.blocks : item;
  return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
}
