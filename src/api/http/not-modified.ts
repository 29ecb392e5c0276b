import type { Request } from 'express';

/**
 * True when the caller's copy is still good (RFC 9110, 13.1): one of the tags of `If-None-Match` is ours or, without that header,
 * nothing changed since `If-Modified-Since`. Express' own check gives up on `Cache-Control: no-cache`, which fetch() adds to every
 * conditional request.
 */
export function isNotModified(request: Request, etag: string, modified: Date): boolean {
  const tags = request.get('if-none-match');
  if (tags !== undefined) {
    return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
  }
  const since = Date.parse(request.get('if-modified-since') ?? '');
  // HTTP dates have no fractions of a second.
  return Math.floor(modified.getTime() / 1000) * 1000 <= since;
}
