import type { Box, PageBlock, PageLine, PageParagraph, PageWord } from '../page-result.js';
import { toFrame, type Frame } from './line-frame.js';
import type { PageCharacter } from './page-characters.js';
import { joinColumns } from './vertical-writing.js';

type Angle = PageCharacter['angle'];

interface BuiltLine {
  line: PageLine;
  angle: Angle;
  frame: Frame;
}

/** Latin ligatures and Arabic presentation forms: shapes, not letters. Nobody searches for them. */
const PRESENTATION_FORMS = /[\uFB00-\uFB06\uFB13-\uFB17\uFB1D-\uFDFF\uFE70-\uFEFC]/g;
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001F\u007F-\u009F\u200B\uFEFF\uFFFE\uFFFF]/g;

/**
 * Orders a page's characters into blocks, paragraphs, lines and words. The order of the content stream is kept: it is the
 * reading order in nearly every document that carries text, columns included, and guessing does more harm than good.
 */
export function layOutText(characters: readonly PageCharacter[]): PageBlock[] {
  const blocks: PageBlock[] = [];
  let paragraph: PageParagraph | undefined;
  let previous: BuiltLine | undefined;
  for (const next of buildLines(joinColumns(characters))) {
    const relation = previous === undefined ? 'apart' : relate(previous, next);
    const block = blocks.at(-1);
    if (relation === 'apart' || block === undefined || paragraph === undefined) {
      paragraph = { box: { ...next.line.box }, lines: [next.line] };
      blocks.push({ box: { ...next.line.box }, paragraphs: [paragraph] });
    } else if (relation === 'same block') {
      paragraph = { box: { ...next.line.box }, lines: [next.line] };
      block.paragraphs.push(paragraph);
      extend(block.box, next.line.box);
    } else {
      paragraph.lines.push(next.line);
      extend(paragraph.box, next.line.box);
      extend(block.box, next.line.box);
    }
    previous = next;
  }
  return blocks;
}

function* buildLines(characters: readonly PageCharacter[]): Generator<BuiltLine> {
  let run: PageCharacter[] = [];
  // Around the characters of the run that are seen.
  let line: Box | undefined;
  let angle: Angle = 0;
  /** The last of them, when it is a hyphen that may divide a word. */
  let hyphen: PageCharacter | undefined;
  for (const character of characters) {
    const breaks = character.text === '\n' || character.text === '\r';
    if (!breaks && (character.generated || isSpace(character.text))) {
      run.push(character);
      continue;
    }
    const divides = hyphen !== undefined && !standsBehind(hyphen, character);
    hyphen = character.hyphen ? character : undefined;
    if (breaks || divides || (line !== undefined && !sharesLine(line, angle, character))) {
      yield* finish(run);
      run = [];
      line = undefined;
    }
    if (breaks) continue;
    run.push(character);
    if (line === undefined) {
      line = { ...character.box };
      angle = character.angle;
    } else extend(line, character.box);
  }
  yield* finish(run);
}

/** Printable ASCII, of which nearly all text consists, is told apart without looking any further. */
function isPlain(text: string): boolean {
  const code = text.charCodeAt(0);
  return code > 0x20 && code < 0x7f;
}

export function isSpace(text: string): boolean {
  return !isPlain(text) && text.trim() === '';
}

/** What is seen of a character. */
function shown(text: string): string {
  if (isPlain(text)) return text;
  return text.replace(UNPRINTABLE, '').replace(PRESENTATION_FORMS, (form) => form.normalize('NFKC'));
}

/** The angle of a run's first real character: spaces tell nothing of it. */
function angleOf(run: readonly PageCharacter[]): Angle {
  return run.find((character) => !character.generated && !isSpace(character.text))?.angle ?? 0;
}

function sharesLine(line: Box, lineAngle: Angle, { box, angle }: PageCharacter): boolean {
  if (lineAngle !== angle) return false;
  const level = isLevel(angle);
  const shift = level ? (box.y0 + box.y1 - line.y0 - line.y1) / 2 : (box.x0 + box.x1 - line.x0 - line.x1) / 2;
  return Math.abs(shift) <= 0.5 * Math.max(heightOf(box, level), heightOf(line, level));
}

/** Whether a character follows a hyphen at once, on its line. */
function standsBehind(hyphen: PageCharacter, next: PageCharacter): boolean {
  if (!sharesLine(hyphen.box, hyphen.angle, next)) return false;
  const [a, b] = [toFrame(hyphen.box, hyphen.angle), toFrame(next.box, next.angle)];
  return Math.abs(b.u0 - a.u1) <= a.v1 - a.v0;
}

/** Whether the writing runs along x, in either direction. */
function isLevel(angle: Angle): boolean {
  return angle === 0 || angle === 180;
}

/** The extent across the writing. */
function heightOf(box: Box, level: boolean): number {
  return level ? box.y1 - box.y0 : box.x1 - box.x0;
}

/** Makes a line of the characters, unless they hold no word. */
function* finish(run: readonly PageCharacter[]): Generator<BuiltLine> {
  const angle = angleOf(run);
  const words: PageWord[] = [];
  let word: PageWord | undefined;
  for (const character of run) {
    if (character.generated || isSpace(character.text)) {
      word = undefined;
      continue;
    }
    const text = shown(character.text);
    if (text === '') continue;
    if (word === undefined || standsApart(word.box, character.box, angle)) {
      word = { text, box: { ...character.box }, confidence: 100 };
      words.push(word);
    } else {
      word.text += text;
      extend(word.box, character.box);
    }
  }
  if (words.length === 0) return;
  const box = { ...words[0].box };
  for (const { box: other } of words) extend(box, other);
  yield { line: { box, words, ...(angle === 0 ? {} : { angle }) }, angle, frame: toFrame(box, angle) };
}

/** True for a gap, on either side, as wide as the line is high. */
function standsApart(word: Box, character: Box, angle: Angle): boolean {
  const level = isLevel(angle);
  const gap = level
    ? Math.max(character.x0 - word.x1, word.x0 - character.x1)
    : Math.max(character.y0 - word.y1, word.y0 - character.y1);
  return gap > Math.max(heightOf(word, level), heightOf(character, level));
}

function relate(previous: BuiltLine, next: BuiltLine): 'same paragraph' | 'same block' | 'apart' {
  if (previous.angle !== next.angle) return 'apart';
  const a = previous.frame;
  const b = next.frame;
  const heights = [a.v1 - a.v0, b.v1 - b.v0];
  const smaller = Math.min(...heights);
  const larger = Math.max(...heights);
  const gap = b.v0 - a.v1;
  const overlaps = Math.min(a.u1, b.u1) > Math.max(a.u0, b.u0);
  const below = gap > -0.6 * larger;
  if (!overlaps || !below || gap > 3 * larger) return 'apart';
  return gap <= 0.6 * smaller && larger <= 1.4 * smaller ? 'same paragraph' : 'same block';
}

function extend(box: Box, other: Box): void {
  box.x0 = Math.min(box.x0, other.x0);
  box.y0 = Math.min(box.y0, other.y0);
  box.x1 = Math.max(box.x1, other.x1);
  box.y1 = Math.max(box.y1, other.y1);
}
