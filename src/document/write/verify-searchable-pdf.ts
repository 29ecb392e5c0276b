import { OcrError } from '../../errors/ocr-error.js';
import type { PdfFile } from '../document.types.js';
import { wordsOf, type PageBlock, type PageResult } from '../page-result.js';
import type { PdfTextReader, VerifySearchablePdfRequest } from './searchable-pdf.types.js';

/** Share of a page's letters and digits that must come back. */
const MIN_FOUND = 0.98;
/** Pages read at the same time: enough to keep a node's threads busy. */
const PAGES_AT_ONCE = 4;

/**
 * Reopens a searchable PDF with another library than the one that wrote it and checks that it opens, has all its pages, and gives back
 * the text of every recognised page. Takes the results as it goes, a few at a time.
 * @returns `verification_failed` when pages do not give back their text: the first of them is its `page`, the others are counted;
 *   they take nothing from the other pages
 * @throws OcrError `verification_failed` when the document does not open or has other pages; the signal's reason once aborted
 */
export async function verifySearchablePdf({
  pdf,
  pageCount,
  pages,
  reader,
  signal,
}: VerifySearchablePdfRequest): Promise<OcrError | undefined> {
  const opened = await reader.open(pdf, signal).catch((error: unknown) => {
    throw signal?.aborted
      ? error
      : new OcrError('verification_failed', { detail: 'The merged document does not open', cause: error });
  });
  if (opened.pageCount !== pageCount)
    throw new OcrError('verification_failed', {
      detail: `The merged document has ${opened.pageCount} pages instead of ${pageCount}`,
    });
  const lost: LostText[] = [];
  const underWay: Promise<void>[] = [];
  try {
    for await (const result of pages) {
      signal?.throwIfAborted();
      if (result.source !== 'recognised') continue;
      const verifying = verifyPage(pdf, result, reader, signal).then((found) => void (found && lost.push(found)));
      // an error is told when its turn comes
      verifying.catch(() => undefined);
      underWay.push(verifying);
      if (underWay.length === PAGES_AT_ONCE) await underWay.shift();
    }
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
  return lost.length === 0 ? undefined : toError(lost.sort((a, b) => a.page - b.page));
}

/** A page that gives back only a share (0 to 1) of its letters. */
interface LostText {
  readonly page: number;
  readonly share: number;
}

function toError(lost: LostText[]): OcrError {
  const [{ page, share }, ...others] = lost as [LostText, ...LostText[]];
  const more = others.length === 0 ? '' : `, and ${others.length} other ${others.length === 1 ? 'page does' : 'pages do'} so too`;
  const detail = `Page ${page} of the merged document gives back ${Math.floor(share * 100)} % of its text${more}`;
  return new OcrError('verification_failed', { page, detail });
}

async function verifyPage(
  pdf: PdfFile,
  result: PageResult,
  reader: PdfTextReader,
  signal?: AbortSignal,
): Promise<LostText | undefined> {
  const expected = letterBag(result.blocks);
  if (expected.size === 0) return undefined;
  const found = letterBag(await reader.readText(pdf, result.page, { signal, invisibleOnly: true }));
  const share = shareFound(expected, found);
  return share < MIN_FOUND ? { page: result.page, share } : undefined;
}

/**
 * How often each letter and digit occurs. Where words begin and end is a reader's guess, so it does not count; nor do
 * punctuation, letter case and the form of composed characters.
 */
function letterBag(blocks: PageBlock[]): Map<string, number> {
  const bag = new Map<string, number>();
  for (const { text, own } of wordsOf({ blocks })) {
    if (own) continue;
    for (const letter of text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]/gu) ?? [])
      bag.set(letter, (bag.get(letter) ?? 0) + 1);
  }
  return bag;
}

function shareFound(expected: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): number {
  let total = 0;
  let hits = 0;
  for (const [letter, count] of expected) {
    total += count;
    hits += Math.min(count, found.get(letter) ?? 0);
  }
  return hits / total;
}
