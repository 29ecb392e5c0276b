import type { PixelBox } from '../ocr-engine.js';
import type { FoundWord } from './found.js';

/**
 * The words of a text that lies in one box, each with its share of the box's width, counted in characters. Right-to-left
 * text is laid from the right. No words for empty text.
 */
export function wordsAlong(text: string, box: PixelBox, confidence: number): FoundWord[] {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  if (words.length <= 1) return words.map((word) => ({ text: word, box, confidence }));
  const lengths = words.map((word) => [...word].length);
  const total = lengths.reduce((sum, length) => sum + length, words.length - 1);
  const unit = (box.x1 - box.x0) / total;
  const fromRight = runsFromRight(text);
  let at = 0;
  return words.map((word, i) => {
    const [start, end] = [at * unit, (at + (lengths[i] ?? 0)) * unit];
    at += (lengths[i] ?? 0) + 1;
    const [x0, x1] = fromRight ? [box.x1 - end, box.x1 - start] : [box.x0 + start, box.x0 + end];
    return { text: word, box: { ...box, x0, x1 }, confidence };
  });
}

/** Whether the first letter of a text is of a script written from right to left. */
export function runsFromRight(text: string): boolean {
  const letter = /\p{L}/u.exec(text)?.[0];
  return (
    letter !== undefined && /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(letter)
  );
}
