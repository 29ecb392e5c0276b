import { statSync } from 'node:fs';
import { OcrError } from '../../errors/ocr-error.js';
import type { PdfFile } from '../document.types.js';
import { PdfSource } from '../write/pdf-source.js';
import { PDFIUM_ERROR } from './exports.js';
import { hidesLayers } from './hides-layers.js';
import type { Pdfium } from './pdfium.js';

/** Documents one thread keeps open: the pages of a chunk come one after the other and should cost one opening. */
const MOST_OPEN = 4;
/**
 * Uses after which a document is opened anew. PDFium keeps the data of every page it has seen for as long as the document
 * is open; a long scan would end up in memory as a whole.
 */
const MOST_USES = 20;
/** Bytes of FPDF_FORMFILLINFO with room to spare (version 2 has about 140). */
const FORM_INFO_BYTES = 256;

/** An open document of this thread. */
export interface OpenDocument {
  readonly handle: number;
  /** Handle of the form environment that draws fields; 0 when the document has no form. */
  readonly form: number;
  readonly pageCount: number;
  readonly encrypted: boolean;
  /** The document's objects, opened when first asked for; null when they cannot be read (damaged, encrypted). */
  source(): Promise<PdfSource | null>;
  /** Whether layers of it are, or may be, switched off. */
  hidesLayers(): Promise<boolean>;
  close(): void;
}

/** The documents a thread has open, the least recently used one closed first. */
export class OpenDocuments {
  private readonly open = new Map<string, { document: OpenDocument; uses: number }>();

  constructor(private readonly pdfium: Pdfium) {}

  /**
   * The document, opened when it is not yet (or has changed on disk since).
   * @param uses what this counts of {@link MOST_USES}
   * @throws OcrError document_not_found, damaged_document, password_required, unsupported_document
   */
  get(pdf: PdfFile, uses = 1): OpenDocument {
    const key = keyOf(pdf);
    const known = this.open.get(key);
    if (known !== undefined && known.uses >= MOST_USES) this.close(key);
    const entry = this.open.get(key) ?? { document: openDocument(this.pdfium, pdf), uses: 0 };
    entry.uses += uses;
    // A Map keeps the order of insertion, so the first one is the least recently used.
    this.open.delete(key);
    this.open.set(key, entry);
    const [oldest] = this.open.keys();
    if (this.open.size > MOST_OPEN) this.close(oldest);
    return entry.document;
  }

  /** Counts more uses of a document that is open. */
  count(pdf: PdfFile, uses: number): void {
    const entry = this.open.get(keyOf(pdf));
    if (entry !== undefined) entry.uses += uses;
  }

  /** Has a document that is open opened anew when it is next used. */
  endUse(pdf: PdfFile): void {
    this.count(pdf, MOST_USES);
  }

  closeAll(): void {
    for (const { document } of this.open.values()) document.close();
    this.open.clear();
  }

  private close(key: string): void {
    this.open.get(key)?.document.close();
    this.open.delete(key);
  }
}

function keyOf(pdf: PdfFile): string {
  try {
    const stat = statSync(pdf.path);
    return [pdf.path, pdf.password ?? '', stat.ino, stat.size, stat.mtimeMs].join('\0');
  } catch (error) {
    throw new OcrError('document_not_found', { cause: error });
  }
}

function openDocument(pdfium: Pdfium, pdf: PdfFile): OpenDocument {
  const { api, files } = pdfium;
  const routed = files.register(pdf.path);
  const handle = pdfium.withString(routed, (path) =>
    pdf.password === undefined
      ? api.FPDF_LoadDocument(path, 0)
      : pdfium.withString(pdf.password, (password) => api.FPDF_LoadDocument(path, password)),
  );
  files.release(routed);
  if (handle === 0) throw openingError(api.FPDF_GetLastError());

  const pageCount = api.FPDF_GetPageCount(handle);
  if (pageCount < 1) {
    api.FPDF_CloseDocument(handle);
    throw new OcrError('damaged_document', { detail: 'The document has no pages' });
  }
  const form = openForm(pdfium, handle);
  let source: Promise<PdfSource | null> | undefined;
  let layers: Promise<boolean> | undefined;
  const openSource = () => (source ??= PdfSource.open(pdf.path).catch(() => null));
  return {
    handle,
    form: form.handle,
    pageCount,
    encrypted: api.FPDF_GetSecurityHandlerRevision(handle) >= 0,
    source: openSource,
    hidesLayers: () => (layers ??= openSource().then(hidesLayers)),
    close: () => {
      form.close();
      api.FPDF_CloseDocument(handle);
      void source?.then((opened) => opened?.close()).catch(() => undefined);
    },
  };
}

function openingError(code: number): OcrError {
  if (code === PDFIUM_ERROR.password) return new OcrError('password_required');
  if (code === PDFIUM_ERROR.security)
    return new OcrError('unsupported_document', { detail: 'The document is protected in a way that is not supported' });
  return new OcrError('damaged_document');
}

function openForm(pdfium: Pdfium, document: number): { handle: number; close(): void } {
  const { api } = pdfium;
  if (api.FPDF_GetFormType(document) === 0) return { handle: 0, close: () => undefined };
  const info = pdfium.allocate(FORM_INFO_BYTES);
  pdfium.view().setUint32(info, 2, true); // the structure's version; every callback stays null
  const handle = api.FPDFDOC_InitFormFillEnvironment(document, info);
  if (handle !== 0) api.FPDF_SetFormFieldHighlightAlpha(handle, 0);
  return {
    handle,
    close: () => {
      if (handle !== 0) api.FPDFDOC_ExitFormFillEnvironment(handle);
      api.free(info);
    },
  };
}
