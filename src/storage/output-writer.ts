import { randomUUID } from 'node:crypto';
import { lstat, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { isDiskFull, OcrError } from '../errors/ocr-error.js';
import { deepestExisting, isUnder, realRoots } from './allowed-roots.js';
import { DOCUMENT_STORE, type DocumentStore } from './document-store.js';
import { moveDurably, writeDurably } from './durable-file.js';
import { fileError } from './file-errors.js';
import { MeasuredBody } from './measured-body.js';
import { removeOldFiles } from './remove-old-files.js';

/** A result in the store, and the extension (without a dot) its file gets. */
export interface DeliveredResult {
  key: string;
  extension: string;
}

/** The document whose results are delivered. */
export interface DeliveredDocument {
  /** The name it came with, of which that of its files is made. */
  name: string;
  /** Letters and digits that no other document has: what tells its files from those of documents of the same name. */
  mark: string;
  /**
   * Asked for the files in a folder, whose names nobody has chosen: whether they may be written.
   * @param paths absolute, links resolved
   * @param present tells which of them are there now
   */
  take(paths: readonly string[], present: () => Promise<string[]>): Promise<boolean>;
}

/** How the names of unfinished files begin. They are hidden, and lie beside the finished ones: on the same file system. */
const UNFINISHED = '.ocr-queue-unfinished-';

/** Milliseconds after which an unfinished file nobody wrote to is what a crashed process left. */
const UNFINISHED_MAX_AGE = 24 * 3600 * 1000;

/**
 * Puts results where `output_path` asks, under one of the output roots:
 * - an existing folder, or a path ending in a slash: `<document name without extension>.<extension>` in that folder; when files of others have
 *   these names, `<document name without extension>-<mark>.<extension>`;
 * - a name ending in `.pdf`: the PDF under that name, the other formats beside it with their own extensions. Files already there under
 *   these names are replaced, as their names were asked for.
 *
 * A relative path begins at the first output root. Folders under the root are made as needed. Delivering again is harmless.
 */
@Injectable()
export class OutputWriter {
  private readonly roots: readonly string[];

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {
    this.roots = settings.output_roots;
  }

  /** Judges an `output_path` before any work is done for it. @throws OcrError `output_not_allowed`. */
  async checkOutputPath(path: string): Promise<void> {
    const place = await this.locate(path);
    await this.assertAllowed(place.folder);
    if (place.ambiguous) {
      throw new OcrError('output_not_allowed', {
        detail: 'The output path must be an existing folder, end in a slash, or name a .pdf file',
      });
    }
  }

  /**
   * Writes the results. Each file appears whole or not at all, and none before all of them could be written to the disk.
   * @returns the paths of the files, in the order of `results`.
   * @throws OcrError `output_not_allowed`, `delivery_failed`, `output_full`, those of the store; the signal's reason when aborted.
   */
  async deliver(
    outputPath: string,
    document: DeliveredDocument,
    results: readonly DeliveredResult[],
    signal?: AbortSignal,
  ): Promise<string[]> {
    const unfinished: { from: string; to: string }[] = [];
    try {
      const place = await this.locate(outputPath);
      const folder = await this.makeFolder(place.folder);
      await removeOldFiles(folder, Date.now() - UNFINISHED_MAX_AGE, UNFINISHED);
      const stem = place.stem ?? (await this.stemIn(folder, document, results));
      for (const { key, extension } of results) {
        const move = { from: join(folder, UNFINISHED + randomUUID()), to: join(folder, `${stem}.${extension}`) };
        const body = new MeasuredBody(await this.store.stream(key), { signal });
        await writeDurably(move.from, body, 'delivery_failed');
        unfinished.push(move);
      }
      for (const { from, to } of unfinished) await moveDurably(from, to);
      return unfinished.map(({ to }) => to);
    } catch (error) {
      await Promise.allSettled(unfinished.map(({ from }) => rm(from, { force: true })));
      signal?.throwIfAborted();
      throw deliveryError(error);
    }
  }

  /** What the path asks for: a folder, and with `stem` the files' name in it. */
  private async locate(path: string): Promise<{ folder: string; stem?: string; ambiguous: boolean }> {
    const [firstRoot] = this.roots;
    if (firstRoot === undefined || path.includes('\0')) throw new OcrError('output_not_allowed');
    const full = resolve(await realRootOrSelf(firstRoot), path);
    if (path.endsWith('/') || path.endsWith(sep)) return { folder: full, ambiguous: false };
    if ((await stat(full).catch(() => null))?.isDirectory()) return { folder: full, ambiguous: false };
    const { name, ext } = parse(full);
    if (ext.toLowerCase() === '.pdf') return { folder: dirname(full), stem: name, ambiguous: false };
    // After the check this can only be a folder that has gone since: it is made again.
    return { folder: full, ambiguous: true };
  }

  /** How the names of a document's files begin in a folder: with its own name, unless that is taken. */
  private async stemIn(folder: string, document: DeliveredDocument, results: readonly DeliveredResult[]): Promise<string> {
    const stem = stemOf(document.name);
    const paths = results.map(({ extension }) => join(folder, `${stem}.${extension}`));
    const present = async () => {
      const found = await Promise.all(
        paths.map(async (path) => ({ path, there: (await lstat(path).catch(() => null)) !== null })),
      );
      return found.filter(({ there }) => there).map(({ path }) => path);
    };
    return (await document.take(paths, present)) ? stem : `${stem}-${document.mark}`;
  }

  private async assertAllowed(folder: string): Promise<void> {
    const roots = await this.realRoots();
    const nearest = await deepestExisting(folder);
    if (nearest === null || !isUnder(roots, nearest)) throw new OcrError('output_not_allowed');
  }

  /** Makes the folder and gives its real path, judged before and after: a link may have been put in its way. */
  private async makeFolder(folder: string): Promise<string> {
    await this.assertAllowed(folder);
    await mkdir(folder, { recursive: true });
    const made = await realpath(folder);
    if (!isUnder(await this.realRoots(), made)) throw new OcrError('output_not_allowed');
    return made;
  }

  /** The output roots are the product's own to write to, so they are made when missing. */
  private async realRoots(): Promise<string[]> {
    await Promise.allSettled(this.roots.map((root) => mkdir(root, { recursive: true })));
    return realRoots(this.roots);
  }
}

/** A full disk is here that of the place asked for: the store is only read. */
function deliveryError(thrown: unknown): OcrError {
  const error = fileError(thrown, 'delivery_failed');
  return isDiskFull(error.cause) ? new OcrError('output_full', { cause: error.cause }) : error;
}

async function realRootOrSelf(root: string): Promise<string> {
  return realpath(root).catch(() => root);
}

/** The name of a document without extension, as a file name that stays in its folder and that every file system takes. */
function stemOf(documentName: string): string {
  const name = parse(basename(documentName.replaceAll('\\', '/'))).name;
  const clean = name.replace(/[\p{Cc}<>:"|?*]/gu, '_').replace(/^\.+/, '');
  return cutToBytes(clean, 200).trim() || 'document';
}

/** The longest beginning of a text that has at most `bytes` bytes in UTF-8, never half a character. */
function cutToBytes(text: string, bytes: number): string {
  let cut = '';
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    cut += character;
  }
  return cut;
}
