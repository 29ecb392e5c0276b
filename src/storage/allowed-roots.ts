import { constants } from 'node:fs';
import { access, lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, sep } from 'node:path';

/** The folders callers may name paths under, their symbolic links resolved. Those that do not exist (yet) allow nothing. */
export async function realRoots(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => null)));
  return found.filter((root) => root !== null);
}

/** Those of the folders that are not there now, or cannot be entered: a share that is not mounted, say. As they were given. */
export async function missingRoots(roots: readonly string[]): Promise<string[]> {
  const isThere = await Promise.all(
    roots.map((root) =>
      access(root, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return roots.filter((_, index) => !isThere[index]);
}

/** True when `path` is one of the folders or lies under one. Both sides must be real paths. */
export function isUnder(roots: readonly string[], path: string): boolean {
  return roots.some((root) => {
    const way = relative(root, path);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });
}

/**
 * The real path of the deepest thing that exists on the way to `path` (absolute, without `..`): itself, or a folder above it. Null
 * when that is a symbolic link to nowhere: what it will point to cannot be judged.
 */
export async function deepestExisting(path: string): Promise<string | null> {
  for (let current = path; ; current = dirname(current)) {
    const exists = await lstat(current).catch(() => null);
    if (exists !== null) return realpath(current).catch(() => null);
    if (current === dirname(current)) return null;
  }
}
