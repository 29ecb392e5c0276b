/** Under which the prefixes of all tasks lie. */
export const TASKS_PREFIX = 'tasks/';

/** Where a task's artifacts lie in the document store. Everything of one task is under its prefix. */
export function taskPrefix(taskId: string): string {
  return `${TASKS_PREFIX}${taskId}/`;
}

const TASK_PREFIX = /^tasks\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/$/;

/** The id a {@link taskPrefix} was made of; undefined for other prefixes. */
export function taskOfPrefix(prefix: string): string | undefined {
  return TASK_PREFIX.exec(prefix)?.[1];
}

/** Under which a task's document lies, as it came in and as it was converted. */
export function sourcePrefix(taskId: string): string {
  return `${taskPrefix(taskId)}source/`;
}

/** The document as it was uploaded. */
export function sourceKey(taskId: string): string {
  return `${sourcePrefix(taskId)}original`;
}

/**
 * The document as a claim brought it in. The claim token is part of the key, so what a lost node brings in late never replaces the
 * document others have cut into chunks.
 */
export function fetchedKey(taskId: string, claimToken: string): string {
  return `${sourcePrefix(taskId)}${claimToken.slice(0, 8)}/original`;
}

/** Whether the key is that of a document as it came in. */
export function isOriginal(key: string): boolean {
  return key.endsWith('/original');
}

/** The PDF a claim made of an image, where the document was not a PDF itself. */
export function convertedKey(taskId: string, claimToken: string): string {
  return `${sourcePrefix(taskId)}${claimToken.slice(0, 8)}/document.pdf`;
}

/**
 * A page's result. The claim token is part of the key, so the late write of a lost node never replaces the bytes another
 * node has checkpointed.
 */
export function pageKey(taskId: string, page: number, claimToken: string): string {
  return `${taskPrefix(taskId)}pages/${String(page).padStart(6, '0')}.${claimToken.slice(0, 8)}.json`;
}

/** The results of several pages that were kept together. */
export function pagesKey(taskId: string, first: number, last: number, claimToken: string): string {
  const padded = [first, last].map((page) => String(page).padStart(6, '0'));
  return `${taskPrefix(taskId)}pages/${padded.join('-')}.${claimToken.slice(0, 8)}.json`;
}

/** What a page was read as once more. The claim token is part of the key, as in {@link pageKey}. */
export function readingKey(taskId: string, readingId: string, claimToken: string): string {
  return `${taskPrefix(taskId)}readings/${readingId}.${claimToken.slice(0, 8)}.json`;
}

/** A page as a picture, as this version of the product draws it. */
export function pageImageKey(taskId: string, page: number, width: number, version: string): string {
  return `${taskPrefix(taskId)}images/${version}/${String(page).padStart(6, '0')}.${width}.webp`;
}

/** A merged result of one run of the task. */
export function resultKey(taskId: string, run: number, claimToken: string, fileName: string): string {
  return `${taskPrefix(taskId)}results/${run}.${claimToken.slice(0, 8)}/${fileName}`;
}
