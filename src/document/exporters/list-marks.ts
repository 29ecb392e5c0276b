import type { PageLine } from '../page-result.js';

const BULLET = /^[•●▪■◦○*–—\-·]$/u;
/** What engines take a round bullet for. Such a sign means something by itself, too, so it counts only where another line has one. */
const DOUBTFUL_BULLET = /^[«»©®¢]$/u;
const NUMBER = /^\(?(\d{1,3})[.)]$/;

/** The number of a numbered item; null for a line that does not begin with one. */
export function itemNumber(line: PageLine): number | null {
  const number = NUMBER.exec(line.words[0]?.text ?? '')?.[1];
  return number === undefined ? null : Number(number);
}

/** Tells of each line of a page whether it begins an item of a list: with a bullet or a number, and goes on. */
export function listMarks(lines: readonly PageLine[]): (line: PageLine) => boolean {
  const marked = lines.filter((line) => beginsWith(line, BULLET) || beginsWith(line, DOUBTFUL_BULLET));
  return (line) => {
    if (beginsWith(line, BULLET) || beginsWith(line, NUMBER)) return true;
    const height = line.box.y1 - line.box.y0;
    const hasFellow = marked.some((other) => other !== line && Math.abs(other.box.x0 - line.box.x0) <= height);
    return beginsWith(line, DOUBTFUL_BULLET) && hasFellow;
  };
}

function beginsWith({ words: [first, second] }: PageLine, mark: RegExp): boolean {
  return first !== undefined && second !== undefined && mark.test(first.text);
}
