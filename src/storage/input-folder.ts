import { constants } from 'node:fs';
import { access, open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { variableOf } from '../config/load-settings.js';
import { OcrError } from '../errors/ocr-error.js';
import { deepestExisting, isUnder, missingRoots, realRoots } from './allowed-roots.js';
import { tooLarge } from './measured-body.js';
import { READ_AT_ONCE } from './whole-file.js';

/** The documents on this machine that callers may name by path: the regular files under the input roots. */
export class InputFolder {
  /**
   * @param roots absolute paths
   * @param maxBytes size of the largest document accepted
   * @param expected those of the roots that should be there: documents named by a relative path may lie under one that is not now
   */
  constructor(
    private readonly roots: readonly string[],
    private readonly maxBytes: number,
    private readonly expected: readonly string[] = roots,
  ) {}

  /** The contract of `InputResolver.checkPath`. */
  async check(path: string): Promise<string> {
    const found = await this.find(path);
    const facts = await stat(found).catch(asNotFound);
    this.judge(facts.isFile(), facts.size);
    await access(found, constants.R_OK).catch(asNotFound);
    return found;
  }

  /**
   * Opens the document. Between the check and the opening somebody may have put a symbolic link, or another file, in its place: so
   * what counts is judged on the opened file itself. Throws as `check` does; `document_not_found` is retryable while a root is not
   * there that may hold the document.
   */
  async open(path: string): Promise<Readable> {
    const found = await this.find(path).catch(async (error: unknown) => {
      throw (await this.isRootMissing(path)) ? rootMissing(error) : error;
    });
    // Without NONBLOCK, opening a named pipe would wait for a writer for ever.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const handle = await open(found, flags).catch(asNotFound);
    try {
      const facts = await handle.stat();
      this.judge(facts.isFile(), facts.size);
      if (!isUnder(await realRoots(this.roots), await openedPath(handle, found))) throw outside();
      return handle.createReadStream({ highWaterMark: READ_AT_ONCE });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The real path of what `path` names, which lies under a root. */
  private async find(path: string): Promise<string> {
    if (path.includes('\0')) throw outside();
    const roots = await realRoots(this.roots);
    const candidates = spellingsOf(path).flatMap((spelt) =>
      isAbsolute(spelt) ? [resolve(spelt)] : roots.map((root) => resolve(root, spelt)),
    );
    let missing = false;
    for (const candidate of candidates) {
      const found = await realpath(candidate).catch(() => null);
      if (found !== null && isUnder(roots, found)) return found;
      if (found !== null) continue;
      // What is missing under a root may be said; whether something exists elsewhere may not.
      const nearest = await deepestExisting(candidate);
      missing ||= nearest !== null && isUnder(roots, nearest);
    }
    throw missing ? new OcrError('document_not_found') : outside();
  }

  /** Whether a root is not there on this node that may hold what `path` names. */
  private async isRootMissing(path: string): Promise<boolean> {
    const roots = (isAbsolute(path) ? this.roots : this.expected).filter((root) => isUnder([root], resolve(root, path)));
    return (await missingRoots(roots)).length > 0;
  }

  private judge(isFile: boolean, size: number): void {
    if (!isFile) throw new OcrError('document_not_found', { detail: 'The path does not name a file' });
    if (size > this.maxBytes) throw tooLarge(this.maxBytes);
  }
}

/**
 * A path as it was given, then with its accents written in the other ways of Unicode: macOS and some shares take letters and accents
 * apart (NFD), nearly everybody who names a file puts them together (NFC).
 */
function spellingsOf(path: string): string[] {
  return [...new Set([path, path.normalize('NFC'), path.normalize('NFD')])];
}

/** The real path of an opened file: as the kernel knows it on Linux, else by asking for the same file again. */
async function openedPath(handle: FileHandle, expected: string): Promise<string> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${handle.fd}`);
  const [opened, again] = [await handle.stat(), await stat(expected).catch(asNotFound)];
  if (opened.dev !== again.dev || opened.ino !== again.ino) throw outside();
  return realpath(expected);
}

function asNotFound(error: unknown): never {
  throw new OcrError('document_not_found', { cause: error });
}

/** The document was found when it was handed in, perhaps on a node that has the root: another one, or a later attempt, may have it. */
function rootMissing(cause: unknown): OcrError {
  return new OcrError('document_not_found', {
    detail: `An input root this path may lie under is not there on this node. It must be one shared folder, at the same path on every node (input_roots, ${variableOf('input_roots')}).`,
    retryable: true,
    cause,
  });
}

/** Says how more can be allowed, and nothing of what is. */
function outside(): OcrError {
  return new OcrError('path_not_allowed', {
    detail: `The path lies outside the allowed folders. The setting input_roots (${variableOf('input_roots')}) names them.`,
  });
}
