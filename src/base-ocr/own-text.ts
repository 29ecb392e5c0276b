import type { PageContent } from '../document/document.types.js';

/** What to do with text a page already carries. */
export type ReadMode = 'skip_text' | 'redo' | 'force';

/** A picture over this part of the page is what the page is about. */
const MAINLY_PICTURE = 0.5;
/** Characters a stamp on a scan has at most: a page number, a date, a file reference. */
const STAMP_CHARS = 50;

/**
 * Whether the page's own text is taken over instead of reading the page.
 *
 * - `skip_text` keeps any text, that of an earlier OCR layer too.
 * - `redo` keeps only visible text; an earlier layer is read anew.
 * - `force` keeps nothing.
 *
 * A scan with a stamp of a few characters printed on it counts as a page without visible text: its text is in the picture.
 */
export function keepsOwnText(content: PageContent, mode: ReadMode): boolean {
  if (mode === 'force') return false;
  return hasRealText(content) || (mode === 'skip_text' && content.invisibleChars > 0);
}

function hasRealText({ visibleChars, images }: PageContent): boolean {
  const mainlyPicture = (images[0]?.coverage ?? 0) >= MAINLY_PICTURE;
  return visibleChars > (mainlyPicture ? STAMP_CHARS : 0);
}
