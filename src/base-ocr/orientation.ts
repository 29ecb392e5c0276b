import type { GrayImage } from '../document/document.types.js';
import type { PixelArea, PreparedPage, RightAngle } from '../document/preparation/preparation.types.js';
import { cropImage, turnImage } from '../document/preparation/turned-image.js';
import { isRightToLeft } from '../document/write/visual-order.js';
import { linesOf } from './engines/engine-lines.js';
import type { EngineBlock, EngineLine, PixelBox } from './engines/ocr-engine.js';
import { looksLikeWord } from './reading-score.js';

/** Below this mean confidence a page may stand upside down or sideways (such pages come out near 40, upright ones above 70). */
const DOUBTFUL = 70;
/** How many times better another direction must read than the page as it stands. */
const CLEARLY_BETTER = 1.3;
/** Letters in words read surely that a page must show to be turned: charts and drawings give a few whichever way they are held. */
const ENOUGH_LETTERS = 16;
/** As many settle it without a look at how the page reads as it stands. */
const BEYOND_DOUBT = 60;

/** Reads an image; what the page's engine does. */
type Read = (image: GrayImage) => Promise<readonly EngineBlock[]>;

/**
 * The turn that makes a page stand upright whose lines look as if it did not: a piece of it is read the way it seems to stand, then in
 * the other directions, until it reads well. Null when it never does: charts and drawings look like anything.
 */
export async function turnOfSample({ image, sample, likelyTurn }: PreparedPage, read: Read): Promise<RightAngle | null> {
  const piece = cropImage(image, sample);
  let upright: readonly EngineBlock[] | undefined;
  const readUpright = async () => (upright ??= await read(piece));
  const others = ([0, 90, 180, 270] as const).filter((turn) => turn !== likelyTurn);
  for (const turn of [likelyTurn, ...others]) {
    const found = turn === 0 ? await readUpright() : await read(turnImage(piece, turn));
    if (!readsWell(found)) continue;
    if (turn === 0 || lettersReadSurely(found) >= BEYOND_DOUBT) return turn;
    if (isConvincing(found, linesOf(await readUpright()))) return turn;
  }
  return null;
}

/**
 * The turn that makes the page stand upright, judged by how well its engine reads it. `asItStands` is what the engine found on
 * the whole page; when that reads well nothing more is done. Otherwise a piece of the page is read in the other directions,
 * until one reads well. It takes words to turn a page, more than can be read on it as it stands.
 */
export async function findTurn(
  { image, sample }: PreparedPage,
  asItStands: readonly EngineBlock[],
  read: Read,
): Promise<RightAngle> {
  if (readsWell(asItStands)) return 0;
  const piece = cropImage(image, sample);
  const upright = linesIn(asItStands, sample);
  const legible = lettersReadSurely(asItStands);
  let best: { turn: RightAngle; score: number } = { turn: 0, score: 0 };
  for (const turn of likelyTurns(asItStands)) {
    const found = await read(turnImage(piece, turn));
    const score = scoreOf(linesOf(found));
    if (score <= best.score || lettersReadSurely(found) <= legible || !isConvincing(found, upright)) continue;
    if (readsWell(found)) return turn;
    best = { turn, score };
  }
  return best.turn;
}

/** Whether a reading in another direction is evidence enough against the one of the page as it stands. */
function isConvincing(turned: readonly EngineBlock[], upright: readonly EngineLine[]): boolean {
  return lettersReadSurely(turned) >= ENOUGH_LETTERS && scoreOf(linesOf(turned)) > CLEARLY_BETTER * scoreOf(upright);
}

/** Letters of lying words that look like words and were read surely. Short ones come about by chance, except where each sign is a word. */
function lettersReadSurely(blocks: readonly EngineBlock[]): number {
  let letters = 0;
  for (const line of withoutTurned(linesOf(blocks))) {
    for (const { text, confidence } of line.words) {
      if (confidence < DOUBTFUL || !looksLikeWord(text)) continue;
      if (lettersOf(text) >= 3 || /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(text))
        letters += lettersOf(text);
    }
  }
  return letters;
}

/** The turns to try, the likeliest first: engines find the lines of a sideways page even where they cannot read them. */
function likelyTurns(asItStands: readonly EngineBlock[]): readonly RightAngle[] {
  return mostlyVertical(linesOf(asItStands)) ? [90, 270, 180] : [180, 90, 270];
}

/** True when a line's words stand on end: its text runs down or up the image. Two letters and fewer tell nothing. */
export function isVertical(line: EngineLine): boolean {
  const telling = line.words.filter((word) => lettersOf(word.text) >= 3);
  const onEnd = telling.filter(({ box }) => box.y1 - box.y0 > 1.2 * (box.x1 - box.x0));
  return telling.length > 0 && onEnd.length * 2 > telling.length;
}

/** The lines that neither stand on end nor on their head. */
function withoutTurned(lines: readonly EngineLine[]): EngineLine[] {
  const isTurned = new Set(upsideDown(lines));
  return lines.filter((line) => !isVertical(line) && !isTurned.has(line));
}

/**
 * A page's lying lines whose words follow each other to the left: some engines read what stands on its head as well. One word tells nothing, nor
 * do numbers alone, nor lines with anything written from the right, whose words not every engine lists in that order. On a page with such lines
 * a number stands to the right of the Latin word that follows it, too.
 */
function upsideDown(lines: readonly EngineLine[]): EngineLine[] {
  const isFromRight = lines.some(({ words }) => words.some(({ text }) => isRightToLeft(text)));
  return lines.filter((line) => {
    if (isVertical(line) || line.words.some(({ text }) => isRightToLeft(text)) || !line.words.some(hasLetter)) return false;
    return runsToLeft(isFromRight ? line.words.filter(hasLetter) : line.words);
  });
}

/** Whether the last of the words stands to the left of the first, and most stand to the left of, not below, the one before. */
function runsToLeft(words: EngineLine['words']): boolean {
  const [first, last] = [words[0], words.at(-1)];
  if (first === undefined || last === undefined || last.box.x1 > first.box.x0) return false;
  const steps = words.slice(1).filter(({ box }, i) => {
    const before = words[i]?.box ?? box;
    const [across, down] = [box.x0 + box.x1 - before.x0 - before.x1, box.y0 + box.y1 - before.y0 - before.y1];
    return across < 0 && -across > Math.abs(down);
  });
  return steps.length * 2 > words.length - 1;
}

function hasLetter({ text }: EngineLine['words'][number]): boolean {
  return /\p{L}/u.test(text);
}

function readsWell(blocks: readonly EngineBlock[]): boolean {
  const lines = linesOf(blocks);
  const words = lines.flatMap((line) => line.words);
  const letters = words.reduce((sum, word) => sum + lettersOf(word.text), 0);
  if (letters === 0) return false;
  const mean = words.reduce((sum, word) => sum + word.confidence * lettersOf(word.text), 0) / letters;
  return mean >= DOUBTFUL && !mostlyVertical(lines) && !mostlyUpsideDown(lines);
}

function mostlyVertical(lines: readonly EngineLine[]): boolean {
  return lines.filter(isVertical).length * 2 > lines.length;
}

function mostlyUpsideDown(lines: readonly EngineLine[]): boolean {
  const telling = lines.filter((line) => line.words.length > 1);
  return upsideDown(lines).length * 2 > telling.length;
}

/** How much was read, and how surely: letters of lying words, each weighted by the square of its word's confidence. */
function scoreOf(lines: readonly EngineLine[]): number {
  let sum = 0;
  for (const line of withoutTurned(lines)) {
    for (const { text, confidence } of line.words) sum += lettersOf(text) * (confidence / 100) ** 2;
  }
  return sum;
}

/** The lines with only those words whose middle lies in the window. */
function linesIn(blocks: readonly EngineBlock[], window: PixelArea): EngineLine[] {
  const isIn = (box: PixelBox) => {
    const x = (box.x0 + box.x1) / 2;
    const y = (box.y0 + box.y1) / 2;
    return x >= window.x0 && x < window.x1 && y >= window.y0 && y < window.y1;
  };
  return linesOf(blocks).map((line) => ({ ...line, words: line.words.filter((word) => isIn(word.box)) }));
}

function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}
