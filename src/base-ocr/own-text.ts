import type { PageContent } from '../document/document.types.js';

/** What to do with text a page already carries. */
export type ReadMode = 'skip_text' | 'redo' | 'force';

/** What becomes of a page: its own text is kept, or kept while its pictures are read, or the whole page is read; of an empty one nothing. */
export type PagePlan = 'keep' | 'keep and read pictures' | 'read' | 'nothing';

/**
 * Share of the page its pictures cover at least, together, to be worth reading: a third of it. Less on a page with text of its own are
 * figures and screenshots, and reading them would cost born-digital documents a hundred times what keeping their text does.
 */
const PICTURE = 0.33;

/**
 * What is to be done with a page.
 *
 * - `skip_text` keeps any text, that of an earlier OCR layer too; a page with such a layer has been read already. Where there is
 *   visible text beside pictures, the pictures are read.
 * - `redo` keeps only visible text; an earlier layer is read anew.
 * - `force` reads the whole page as it looks.
 *
 * A page on which nothing is drawn need not be drawn to see that it is blank.
 */
export function planPage({ visibleChars, invisibleChars, pictured, empty }: PageContent, mode: ReadMode): PagePlan {
  if (empty) return 'nothing';
  if (mode === 'force') return 'read';
  if (mode === 'skip_text' && invisibleChars > 0) return 'keep';
  if (visibleChars === 0) return 'read';
  return pictured >= PICTURE ? 'keep and read pictures' : 'keep';
}
