import { setImmediate } from 'node:timers/promises';
import type { GrayImage } from '../../document/document.types.js';
import { sevenToSix, sixSevenths } from '../../document/preparation/scale.js';
import type { EngineBlock, PixelBox } from './ocr-engine.js';

/** Share of its width an image keeps: the least that costs no accuracy on any kind of page of bench/corpus (docs/benchmarks.md). */
const NARROWED = 6 / 7;
/** Least resolution of an image that is narrowed: ten-point print of 110 dpi and less is read with up to twice the errors and more when it is. */
const FINE_ENOUGH = 150;
/** The rule by which images are narrowed, and read so, for those who must tell readings by one rule from readings by another. */
export const NARROWING = `seven columns to six from ${FINE_ENOUGH} dpi on, doubtful words again as they are`;
/** Pixels made narrower before others have their turn: a few milliseconds. */
const AT_ONCE = 1 << 21;

/**
 * Languages written in Latin, Greek or Cyrillic letters, by the names of their data. Their letters are told apart well on narrower images;
 * denser and joined scripts need each pixel.
 */
const OPEN_LETTERS = new Set(
  (
    'afr aze aze_cyrl bel bos bre bul cat ceb ces cos cym dan deu ell eng epo est eus fao fil fin fra fry gla gle glg hat hrv hun ' +
    'ind isl ita jav kaz kir lat lav lit ltz mkd mlt mon mri msa nld nor oci pol por que ron rus slk slv spa sqi srp srp_latn sun swa ' +
    'swe tat tgk tgl ton tur ukr uzb uzb_cyrl vie yor script/Latin script/Greek script/Cyrillic'
  ).split(' '),
);

/**
 * Whether an image of this resolution is shown narrower to tesseract, whose network goes through a line column by column, brought to
 * one height: its time grows with the line's length in letters' heights. An image of {@link NARROWED} of its width is read in about as much of the time and, in these languages, as exactly.
 */
export function readsNarrow(language: string, dpi: number): boolean {
  return dpi >= FINE_ENOUGH && language.split('+').every((name) => OPEN_LETTERS.has(name));
}

/**
 * The image narrower, as high as it was; other work goes on in between. `dpi` stays that of its height.
 * @throws the signal's reason once it is aborted
 */
export async function narrowImage(image: GrayImage, signal: AbortSignal): Promise<GrayImage> {
  const width = sixSevenths(image.width);
  const narrowed = { ...image, width, data: new Uint8Array(width * image.height) };
  const rows = Math.max(1, Math.floor(AT_ONCE / image.width));
  for (let row = 0; row < image.height; row += rows) {
    if (row > 0) await setImmediate();
    signal.throwIfAborted();
    sevenToSix(image, narrowed, row, Math.min(image.height, row + rows));
  }
  return narrowed;
}

/** What was found on a narrowed image as it is on the one of `width` pixels it was made of. */
export function widenBlocks(blocks: readonly EngineBlock[], width: number): EngineBlock[] {
  const wide = (box: PixelBox): PixelBox => ({
    ...box,
    x0: Math.min(width, box.x0 / NARROWED),
    x1: Math.min(width, box.x1 / NARROWED),
  });
  return blocks.map((block) => ({
    box: wide(block.box),
    paragraphs: block.paragraphs.map(({ box, lines }) => ({
      box: wide(box),
      lines: lines.map((line) => ({ box: wide(line.box), words: line.words.map((word) => ({ ...word, box: wide(word.box) })) })),
    })),
  }));
}
