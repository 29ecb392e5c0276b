import type { PdfFile, PdfInfo } from '../document.types.js';
import type { PageBlock, PageResult } from '../page-result.js';

/** How the searchable PDF was made: by appending to the source's own bytes, or (damaged, encrypted) by writing it anew. */
export type WriteStrategy = 'incremental' | 'rewrite';

export interface WriteSearchablePdfRequest {
  readonly source: PdfFile;
  /** Path of the file to write. It is replaced; after an error nothing is left there. */
  readonly output: string;
  /**
   * The results, taken one at a time, in rising page order. Pages may be missing (failed ones), and only pages whose `source`
   * is `recognised` get a text layer: all others stay exactly as they are, but for blank ones, of which old text is taken off, too.
   */
  readonly pages: AsyncIterable<PageResult>;
  /** `redo`: takes the old invisible text (render mode 3) off the pages that were read: they get a new layer, or are blank. */
  readonly stripInvisibleText?: boolean;
  /**
   * Turns pages that were recognised lying on their side or head upright, by their /Rotate. What the results tell of a page stays told of
   * the page as it was.
   */
  readonly rotatePages?: boolean;
  /**
   * Sets pages that were recognised as crooked straight: all the page draws is turned about its middle by one operator, nothing is drawn
   * anew. Pages with annotations or text of their own stay as they are.
   */
  readonly deskew?: boolean;
  /** Writes a source anew that pdf-lib cannot read; the document service does. */
  readonly rescuer?: PdfRescuer;
  readonly signal?: AbortSignal;
}

/** What writes damaged PDFs anew as a more patient reader understands them. */
export interface PdfRescuer {
  /** @param how all there is in it, or its pages alone, for when nothing holds these together */
  writeAnew(pdf: PdfFile, output: string, how: 'whole' | 'pages', signal?: AbortSignal): Promise<void>;
}

export interface WrittenPdf {
  /** Size of the file in bytes. */
  bytes: number;
  strategy: WriteStrategy;
  /** Number of pages that got a text layer. */
  layers: number;
}

/** What reads a PDF back for its verification; the document service is one. */
export interface PdfTextReader {
  open(pdf: PdfFile, signal?: AbortSignal): Promise<PdfInfo>;
  /** The invisible text of a 1-based page. */
  readText(
    pdf: PdfFile,
    page: number,
    options: { readonly signal?: AbortSignal; readonly invisibleOnly: true },
  ): Promise<PageBlock[]>;
}

export interface VerifySearchablePdfRequest {
  readonly pdf: PdfFile;
  /** Pages the source has. */
  readonly pageCount: number;
  /** The results the layers were made from, in any order. */
  readonly pages: AsyncIterable<PageResult>;
  readonly reader: PdfTextReader;
  readonly signal?: AbortSignal;
}
