import { basename } from 'node:path';

const LONGEST = 255;

/** What cannot be shown, and what has the rest shown in another order (`gnp.exe` as `exe.png`) or on another line. */
const UNSHOWABLE = /[\p{Cc}\p{Surrogate}\u2028-\u202e\u2066-\u2069]/gu;

/** The name of a document handed in: the last part of its path or of the name a client gave, without what cannot be shown as it is. */
export function documentName(given: string): string {
  const last = basename(given.replaceAll('\\', '/'));
  const clean = last.replace(UNSHOWABLE, '').trim();
  return Array.from(clean).slice(0, LONGEST).join('') || 'document';
}

/**
 * The name of a document that came in a form. Browsers, curl and Node write quotes and ends of lines of a file's name as `%22`, `%0D`
 * and `%0A` there, and nothing else.
 */
export function documentNameOfForm(given: string): string {
  return documentName(given.replaceAll('%22', '"').replaceAll(/%0[DA]/g, ''));
}

/** The name of a document at an address: the last part of its path, or the host. */
export function documentNameOfUrl(address: string): string {
  const { pathname, hostname } = new URL(address);
  const last = pathname.split('/').findLast((part) => part !== '') ?? hostname;
  return documentName(decoded(last).replaceAll('/', '_'));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
