/** The kinds of document that may come in, known by their content, never by their name. */
export type DocumentKind = 'pdf' | 'tiff' | 'png' | 'jpeg' | 'webp';

export const DOCUMENT_KINDS: readonly DocumentKind[] = ['pdf', 'tiff', 'png', 'jpeg', 'webp'];

/** Where a PDF lies on this machine's disk, and what opens it. */
export interface PdfFile {
  readonly path: string;
  readonly password?: string;
}

/** What opening a PDF tells. */
export interface PdfInfo {
  pageCount: number;
  encrypted: boolean;
}

/** An 8-bit gray image, rows top to bottom, without padding: `data.length === width * height`. */
export interface GrayImage {
  width: number;
  height: number;
  data: Uint8Array;
  /** Pixels per inch of the page. */
  dpi: number;
}

/** What is on a page, told without drawing it. Sizes in points, as displayed. */
export interface PageContent {
  width: number;
  height: number;
  rotation: 0 | 90 | 180 | 270;
  /** Number of characters in the page’s own visible text; 0 when the fonts of most do not tell which they are. */
  visibleChars: number;
  /** Number of characters drawn invisibly (render mode 3): an OCR layer made by someone before. */
  invisibleChars: number;
  /** The images on the page, largest first: how much of the page each covers (0..1) and its own resolution. */
  images: { coverage: number; dpi: number }[];
  /** How much of the page all of them cover together (0..1): scans may be stored in strips or tiles. */
  pictured: number;
  /** True when anything but text and images (paths, shadings, forms with content) is drawn. */
  hasVectors: boolean;
  /** True when nothing at all is drawn: there is no object on the page and no annotation. */
  empty: boolean;
}

/** A page looked into: what is on it, and its own text, visible or not, in the order of its content stream. */
export interface PageSurvey {
  page: number;
  content: PageContent;
  /** The text's blocks ({@link PageBlock}) as JSON in UTF-8: most of it goes from the thread into the store as it is. All pages' lie in one buffer. */
  blocks: Uint8Array;
  /** Number of words in it. */
  words: number;
}

/** Limits that guard a node against hostile or enormous documents. */
export interface DocumentLimits {
  maxPages: number;
  /** Pixels of one page image, drawn or decoded. */
  maxPixels: number;
}
