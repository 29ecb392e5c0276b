import type { ErrorCode } from '../../errors/error-codes.js';
import type { DocumentLimits, GrayImage, PageContent, PageSurvey, PdfFile, PdfInfo } from '../document.types.js';
import type { ExportedPages, ExportOrder } from '../exporters/export-pages.js';
import type { PageBlock } from '../page-result.js';
import type { PreparationRequest, PreparedPage } from '../preparation/preparation.types.js';
import type { ColourImage } from './draw.js';

/** Which of a page's own characters are read. */
export type TextChoice = 'all' | 'visible' | 'invisible';

/** What a PDFium thread can be asked to do with a document. `page` is 1-based. */
export type PdfRequest =
  | { op: 'open'; pdf: PdfFile }
  | { op: 'content'; pdf: PdfFile; page: number }
  | { op: 'survey'; pdf: PdfFile; pages: readonly number[] }
  | { op: 'render'; pdf: PdfFile; page: number; dpi: number }
  | { op: 'prepare'; pdf: PdfFile; page: number; request: PreparationRequest }
  | { op: 'renderColour'; pdf: PdfFile; page: number; width: number }
  | { op: 'readText'; pdf: PdfFile; page: number; choice: TextChoice }
  | { op: 'save'; pdf: PdfFile; output: string; how: 'whole' | 'pages' };

/** What it can be asked to do: also to write finished pages in other formats, which needs no document. */
export type PdfiumRequest = PdfRequest | { op: 'export'; order: ExportOrder };

/** What each request is answered with. */
export interface PdfiumAnswers {
  open: PdfInfo;
  content: PageContent;
  survey: PageSurvey[];
  render: GrayImage;
  prepare: PreparedPage;
  renderColour: ColourImage;
  readText: PageBlock[];
  save: { output: string };
  export: ExportedPages;
}

export type PdfiumAnswer = PdfiumAnswers[keyof PdfiumAnswers];

/** What the thread posts back, one for each request. */
export type PdfiumReply =
  | { ok: true; value: PdfiumAnswer; memoryBytes: number }
  | {
      ok: false;
      code: ErrorCode;
      detail: string;
      page?: number;
      /** What it comes from, for the log. */
      cause?: string;
      memoryBytes: number;
      /** PDFium broke down; the thread is of no more use. */
      fatal: boolean;
    };

/** What a thread is started with. */
export interface PdfiumWorkerData {
  readonly compiled: WebAssembly.Module;
  readonly limits: DocumentLimits;
  /** Bytes of memory PDFium may take. */
  readonly mostBytes: number;
}
