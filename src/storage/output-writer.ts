import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { defaultOutbox, variableOf } from '../config/load-settings.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { isDiskFull, OcrError } from '../errors/ocr-error.js';
import { deepestExisting, isUnder, missingRoots, realRoots } from './allowed-roots.js';
import { DOCUMENT_STORE, type DocumentStore } from './document-store.js';
import { moveDurably, writeDurably } from './durable-file.js';
import { fileError, nullWhenMissing } from './file-errors.js';
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
  notes: DeliveryNotes;
}

/** Keeps which document has put which files where. Paths are absolute, links resolved; a stamp is what a file is known by, see `stampOf`. */
export interface DeliveryNotes {
  /** Those of the paths at which the document has put a file before. */
  known(paths: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Notes files before they are put there.
   * @param present tells what there is at these paths now: stamps by path
   * @param isAskedFor the caller has named them: whatever is there may be replaced
   * @returns false when something there, or soon, is not the document's own: it must not be written over
   */
  note(
    files: readonly { path: string; stamp: string }[],
    present: () => Promise<ReadonlyMap<string, string>>,
    isAskedFor: boolean,
  ): Promise<boolean>;
}

/** A file that is whole, beside the place it will have. */
interface Unfinished {
  from: string;
  extension: string;
  stamp: string;
}

/** A file, and the path it is to have. */
interface NamedFile {
  file: Unfinished;
  path: string;
}

/** Names to look for until one is free, behind the document's own and that with its mark. */
const MORE_NAMES = [2, 3, 4, 5, 6, 7, 8, 9];

/** How the names of unfinished files begin. They are hidden, and lie beside the finished ones: on the same file system. */
const UNFINISHED = '.ocr-queue-unfinished-';

/** Milliseconds after which an unfinished file nobody wrote to is what a crashed process left. */
const UNFINISHED_MAX_AGE = 24 * 3600 * 1000;

/**
 * Puts results where `output_path` asks, under one of the output roots:
 * - an existing folder, or a path ending in a slash: `<document name without extension>.<extension>` in that folder; when files of others have
 *   these names, `<document name without extension>-<mark>.<extension>`; files of the document that lie there already are replaced where they are;
 * - a name ending in `.pdf`: the PDF under that name, the other formats beside it with their own extensions. Files already there under
 *   these names are replaced, as their names were asked for.
 *
 * A relative path begins at the first output root. Folders under the root are made as needed, the root itself only where it is the default
 * outbox. Delivering again is harmless.
 */
@Injectable()
export class OutputWriter {
  private readonly roots: readonly string[];
  /** Of the roots, the one that is the product's own. */
  private readonly outbox: string | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {
    this.roots = settings.output_roots;
    this.outbox = this.roots.find((root) => root === defaultOutbox(settings.data_dir));
  }

  /** Judges an `output_path` before any work is done for it. @throws OcrError `output_not_allowed`; `delivery_failed` while its root is not there. */
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
    const unfinished: Unfinished[] = [];
    try {
      const { folder, stem } = await onOutput(this.write(outputPath, results, unfinished, signal));
      signal?.throwIfAborted();
      const paths = await this.pathsFor(folder, stem, document, unfinished);
      for (const [at, { from }] of unfinished.entries()) await onOutput(moveDurably(from, paths[at]!));
      return paths;
    } catch (error) {
      await Promise.allSettled(unfinished.map(({ from }) => rm(from, { force: true })));
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Writes the files beside the places they will have. */
  private async write(outputPath: string, results: readonly DeliveredResult[], unfinished: Unfinished[], signal?: AbortSignal) {
    const place = await this.locate(outputPath);
    const folder = await this.makeFolder(place.folder);
    await removeOldFiles(folder, Date.now() - UNFINISHED_MAX_AGE, UNFINISHED);
    for (const { key, extension } of results) {
      const from = join(folder, UNFINISHED + randomUUID());
      const body = new MeasuredBody(await this.store.stream(key), { signal });
      await writeDurably(from, body, 'delivery_failed');
      unfinished.push({ from, extension, stamp: stampOf(await lstat(from, { bigint: true })) });
    }
    return { folder, stem: place.stem };
  }

  /**
   * Finds the files' names and notes them: those the caller chose, or in a folder the document's own, unless others' files have one of
   * them. A file delivered before, and nobody else's since, keeps its name; the others are named together.
   */
  private async pathsFor(
    folder: string,
    chosen: string | undefined,
    { name, mark, notes }: DeliveredDocument,
    files: readonly Unfinished[],
  ): Promise<string[]> {
    const pathOf = (stem: string, { extension }: Unfinished) => join(folder, `${stem}.${extension}`);
    const take = (named: readonly NamedFile[], isAskedFor = false) => {
      const noted = named.map(({ path, file: { stamp } }) => ({ path, stamp }));
      return notes.note(noted, () => stampsOf(noted.map(({ path }) => path)), isAskedFor);
    };
    const inOrder = (named: readonly NamedFile[]) => files.map((file) => named.find((each) => each.file === file)!.path);
    if (chosen !== undefined) {
      const named = files.map((file) => ({ file, path: pathOf(chosen, file) }));
      await take(named, true);
      return inOrder(named);
    }
    const [own, marked] = [stemOf(name), `${stemOf(name)}-${mark}`];
    const stems = [own, marked, ...MORE_NAMES.map((number) => `${marked}-${number}`)];
    const known = await notes.known(stems.flatMap((stem) => files.map((file) => pathOf(stem, file))));
    const filesBefore = (stem: string) => files.filter((file) => known.has(pathOf(stem, file))).length;
    const before = stems.filter((stem) => filesBefore(stem) > 0).sort((a, b) => filesBefore(b) - filesBefore(a));
    const kept: NamedFile[] = [];
    for (const file of files) {
      const paths = before.map((stem) => pathOf(stem, file)).filter((path) => known.has(path));
      for (const path of paths) {
        if (!(await take([{ file, path }]))) continue;
        kept.push({ file, path });
        break;
      }
    }
    const others = files.filter((file) => kept.every((each) => each.file !== file));
    if (others.length === 0) return inOrder(kept);
    for (const stem of [...before, ...stems]) {
      const named = others.map((file) => ({ file, path: pathOf(stem, file) }));
      if (await take(named)) return inOrder([...kept, ...named]);
    }
    throw new OcrError('delivery_failed', { detail: 'Files of others have all the names the results may have there.' });
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

  private async assertAllowed(folder: string): Promise<void> {
    // Also where another root holds the missing one: what is made there would lie where the share belongs.
    const [missing] = await missingRoots(this.roots.filter((root) => root !== this.outbox && isUnder([root], folder)));
    if (missing !== undefined) throw notThere(missing);
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

  /** The default outbox is made when missing. A root that was set is not: it may be a share that is not mounted, in whose place nobody would look. */
  private async realRoots(): Promise<string[]> {
    if (this.outbox !== undefined) await mkdir(this.outbox, { recursive: true }).catch(() => undefined);
    return realRoots(this.roots);
  }
}

/** What a file is known by again: a move changes neither its size nor when it was written. */
function stampOf({ size, mtimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs}`;
}

async function stampsOf(paths: readonly string[]): Promise<Map<string, string>> {
  const found = await Promise.all(paths.map((path) => lstat(path, { bigint: true }).catch(nullWhenMissing)));
  return new Map(paths.flatMap((path, at) => (found[at] == null ? [] : [[path, stampOf(found[at])] as const])));
}

async function onOutput<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw deliveryError(error);
  }
}

/** A full disk is here that of the place asked for: the store is only read. */
function deliveryError(thrown: unknown): OcrError {
  const error = fileError(thrown, 'delivery_failed');
  return isDiskFull(error.cause) ? new OcrError('output_full', { cause: error.cause }) : error;
}

/** Another node, or this one once the share is mounted, may do it. */
function notThere(root: string): OcrError {
  return new OcrError('delivery_failed', {
    detail: `The output root of this path is not there on this node. It must be one shared folder, at the same path on every node (output_roots, ${variableOf('output_roots')}).`,
    cause: new Error(`${root} is missing or cannot be entered`),
  });
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
