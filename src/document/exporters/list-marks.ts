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
  const hasFellow = linesWithFellow(lines.filter((line) => beginsWith(line, BULLET) || beginsWith(line, DOUBTFUL_BULLET)));
  return (line) => {
    if (beginsWith(line, BULLET) || beginsWith(line, NUMBER)) return true;
    return beginsWith(line, DOUBTFUL_BULLET) && hasFellow.has(line);
  };
}

/** Those of the lines that begin no further than they are high from where another does. */
function linesWithFellow(lines: readonly PageLine[]): Set<PageLine> {
  const fromLeft = lines.toSorted((a, b) => a.box.x0 - b.box.x0);
  return new Set(
    fromLeft.filter(({ box }, i) => {
      const beside = [fromLeft[i - 1], fromLeft[i + 1]];
      return beside.some((other) => other !== undefined && Math.abs(other.box.x0 - box.x0) <= box.y1 - box.y0);
    }),
  );
}

function beginsWith({ words: [first, second] }: PageLine, mark: RegExp): boolean {
  return first !== undefined && second !== undefined && mark.test(first.text);
}
