import { LEVEL, tsvRows, type Box } from './tesseract-rows.js';

/** The compiled tesseract, as far as its rows are taken from it here (tesseract.js-core; its classes are tesseract's own). */
export interface CoreModule {
  TessBaseAPI: { prototype: TessBaseApi };
  _malloc(bytes: number): number;
  _free(at: number): void;
  getPointer(object: object): number;
  destroy(object: object): void;
}

/** `tesseract::TessBaseAPI`. */
interface TessBaseApi {
  GetTSVText(page: number): string;
  GetIterator(): ResultIterator;
}

/** `tesseract::ResultIterator`. It goes through a page's words in their reading order. */
interface ResultIterator {
  Empty(level: number): boolean;
  Next(level: number): boolean;
  IsAtBeginningOf(level: number): boolean;
  /** Writes the box to four places in tesseract's memory. */
  BoundingBox(level: number, left: number, top: number, right: number, bottom: number): boolean;
  Confidence(level: number): number;
  GetUTF8Text(level: number): string;
}

/** Bytes of a box: four whole numbers. */
const BOX_BYTES = 16;

/**
 * Makes `GetTSVText` of a compiled tesseract several times as fast; see {@link tsvRows}.
 * @param memory what the module works in; asked anew, since it grows
 */
export function quickenTsv(core: CoreModule, memory: () => WebAssembly.Memory): void {
  core.TessBaseAPI.prototype.GetTSVText = function quick(this: TessBaseApi): string {
    const words = this.GetIterator();
    if (core.getPointer(words) === 0) return '';
    const place = core._malloc(BOX_BYTES);
    const box = (level: keyof typeof LEVEL): Box => {
      words.BoundingBox(LEVEL[level], place, place + 4, place + 8, place + 12);
      const [left, top, right, bottom] = new Int32Array(memory().buffer, place, 4);
      return [left, top, right, bottom];
    };
    try {
      return tsvRows({
        empty: () => words.Empty(LEVEL.word),
        next: () => words.Next(LEVEL.word),
        isAtBeginningOf: (level) => words.IsAtBeginningOf(LEVEL[level]),
        box,
        confidence: () => words.Confidence(LEVEL.word),
        text: () => words.GetUTF8Text(LEVEL.word),
      });
    } finally {
      core._free(place);
      core.destroy(words);
    }
  };
}
