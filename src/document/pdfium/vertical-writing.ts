import type { PageCharacter } from './page-characters.js';

/** Signs of the scripts that are written in columns, with their punctuation. */
const EAST_ASIAN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303F\uFE10-\uFE4F\uFF00-\uFFEF]/u;
/** Below it there is no sign of these scripts. */
const FIRST_SIGN = 0x1100;
/** Signs below one another that are a column for certain; fewer may be cells of a table. */
const COLUMN = 4;
/** How far, in heights of a sign, the next one of a column may stand below it. */
const FARTHEST = 0.35;

/**
 * Takes East Asian signs that stand upright below one another for what they are, a line that runs down: they get the angle 90, as lines
 * have whose letters are turned that way, and lose the line breaks PDFium made between them. Fonts for vertical writing and single signs
 * put in columns look the same here. All other characters stay as they are.
 */
export function joinColumns(characters: readonly PageCharacter[]): readonly PageCharacter[] {
  const columns = findColumns(characters);
  if (columns === null) return characters;
  const turned = new Map<number, PageCharacter>();
  const made = new Set<number>();
  for (const column of columns) {
    for (const [i, at] of column.entries()) {
      turned.set(at, { ...characters[at]!, angle: 90 });
      for (let between = (column[i - 1] ?? at) + 1; between < at; between++) made.add(between);
    }
  }
  return characters.flatMap((character, at) => (made.has(at) && character.generated ? [] : [turned.get(at) ?? character]));
}

/** The columns by the places of their signs; null when the page has none. Where most signs stand in columns, the short ones are some, too. */
function findColumns(characters: readonly PageCharacter[]): number[][] | null {
  const runs: number[][] = [];
  let signs = 0;
  let run: number[] = [];
  for (const [at, character] of characters.entries()) {
    if (character.generated || character.text.trim() === '') continue;
    const sign = isSign(character);
    if (sign) signs += 1;
    const last = run.at(-1);
    if (last !== undefined && character.angle === 0 && isBelow(characters[last]!, character)) {
      run.push(at);
      continue;
    }
    if (run.length > 0) runs.push(run);
    run = sign ? [at] : [];
  }
  if (run.length > 0) runs.push(run);
  const long = runs.filter(({ length }) => length >= COLUMN);
  if (long.length === 0) return null;
  return long.reduce((sum, { length }) => sum + length, 0) * 2 > signs ? runs : long;
}

function isSign({ text, angle }: PageCharacter): boolean {
  return angle === 0 && text.charCodeAt(0) >= FIRST_SIGN && EAST_ASIAN.test(text);
}

function isBelow({ box: above }: PageCharacter, { box }: PageCharacter): boolean {
  const height = above.y1 - above.y0;
  const shared = Math.min(above.x1, box.x1) - Math.max(above.x0, box.x0);
  return (
    shared > 0.5 * Math.min(above.x1 - above.x0, box.x1 - box.x0) &&
    box.y0 > (above.y0 + above.y1) / 2 &&
    box.y0 - above.y1 <= FARTHEST * height
  );
}
