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

/** `tesseract::PageIteratorLevel`. */
const LEVEL = { block: 0, paragraph: 1, line: 2, word: 3 } as const;
/** Bytes of a box: four whole numbers. */
const BOX_BYTES = 16;
/** Marks of direction tesseract may put before a word's text; its TSV has none there. */
const DIRECTION_MARK = /^[\u200E\u200F]/;

/**
 * Makes `GetTSVText` of a compiled tesseract several times as fast. Tesseract's own asks its iterator six times a word, and once more a
 * letter, whether a line, a paragraph or a block begins or ends, and each answer has the iterator go through the page from its
 * first word on: a tenth of the time a page takes. Here it is asked where a line begins alone, which its box tells.
 *
 * The rows are the same but for the first, the page's, which is left out.
 * @param memory what the module works in; asked anew, since it grows
 */
export function quickenTsv(core: CoreModule, memory: () => WebAssembly.Memory): void {
  core.TessBaseAPI.prototype.GetTSVText = function quick(this: TessBaseApi): string {
    const words = this.GetIterator();
    if (core.getPointer(words) === 0) return '';
    const place = core._malloc(BOX_BYTES);
    try {
      return rowsOf(words, place, memory).join('');
    } finally {
      core._free(place);
      core.destroy(words);
    }
  };
}

type Box = readonly [left: number, top: number, right: number, bottom: number];

function rowsOf(words: ResultIterator, place: number, memory: () => WebAssembly.Memory): string[] {
  const boxOf = (level: number): Box => {
    words.BoundingBox(level, place, place + 4, place + 8, place + 12);
    const [left, top, right, bottom] = new Int32Array(memory().buffer, place, 4);
    return [left, top, right, bottom];
  };
  const rows: string[] = [];
  let [block, paragraph, line, word] = [0, 0, 0, 0];
  const add = (level: number, box: Box, confidence: string, text = ''): void => {
    const [left, top, right, bottom] = box;
    const row = [level, 1, block, paragraph, line, word, left, top, right - left, bottom - top, confidence, text];
    rows.push(`${row.join('\t')}\n`);
  };

  let current: Box = [-1, -1, -1, -1];
  do {
    if (words.Empty(LEVEL.word)) continue;
    const lineBox = boxOf(LEVEL.line);
    // Taken for granted: no line has the very same place as the one before it.
    if (lineBox.some((side, i) => side !== current[i])) {
      current = lineBox;
      word = 0;
      if (words.IsAtBeginningOf(LEVEL.paragraph)) {
        line = 0;
        if (words.IsAtBeginningOf(LEVEL.block)) {
          block += 1;
          paragraph = 0;
          add(2, boxOf(LEVEL.block), '-1');
        }
        paragraph += 1;
        add(3, boxOf(LEVEL.paragraph), '-1');
      }
      line += 1;
      add(4, lineBox, '-1');
    }
    word += 1;
    add(5, boxOf(LEVEL.word), words.Confidence(LEVEL.word).toFixed(6), words.GetUTF8Text(LEVEL.word).replace(DIRECTION_MARK, ''));
  } while (words.Next(LEVEL.word));
  return rows;
}
