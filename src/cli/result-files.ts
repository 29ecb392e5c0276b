import { mkdirSync, renameSync, statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, parse, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { EXIT } from '../exit-codes.js';
import { FORMATS, type Format } from '../task-manager/task.types.js';
import { CliError } from './errors.js';

/** Stands for stdout in place of a file's name. */
export const STDOUT = '-';

/** Where the results of one document go: a path for each format. */
export type ResultPaths = ReadonlyMap<Format, string>;

/** The formats a command makes: those asked for, else the one `-o` names by its extension, else the PDF. */
export function formatsFor(asked: readonly Format[] | undefined, out: string | undefined): readonly Format[] {
  if (asked !== undefined) return asked;
  const named = out === undefined ? undefined : FORMATS.find((format) => format === extname(out).slice(1).toLowerCase());
  return [named ?? 'pdf'];
}

/**
 * Where the results of several documents go. Without `out`: beside each document, as `<name>.ocr.<format>`; else as
 * {@link placeResults} says. @throws CliError (usage) when two results would have one name, or a result the name of a document
 */
export function planResults(files: readonly string[], formats: readonly Format[], out?: string): ResultPaths[] {
  const plans = files.map((file) => {
    const beside = formats.map(
      (format) => [format, join(dirname(file), `${parse(file).name}.ocr.${extensionOf(format)}`)] as const,
    );
    return placeResults(new Map(beside), out, files.length > 1);
  });
  const documents = new Set(files.map((file) => resolve(file)));
  const taken = new Set<string>();
  for (const path of plans.flatMap((plan) => [...plan.values()])) {
    if (path === STDOUT) continue;
    const full = resolve(path);
    if (documents.has(full)) throw clash(`The document ${path} would be overwritten by a result.`);
    if (taken.has(full)) throw clash(`Two results would both be ${path}.`);
    taken.add(full);
  }
  return plans;
}

function clash(what: string): CliError {
  return new CliError(`${what} Choose another place with -o.`, EXIT.usage);
}

/**
 * Puts the results of one document where `out` says: a folder (one there is, one written with a slash at its end or without an
 * extension, or one for `several` documents) keeps their names; else it is the name of the first, and further formats lie
 * beside it with their own extensions; `-` is stdout. @throws CliError (usage) when more than one result is to go to stdout
 */
export function placeResults(defaults: ResultPaths, out: string | undefined, several = false): ResultPaths {
  if (out === undefined) return defaults;
  if (out === STDOUT && (several || defaults.size > 1)) {
    throw new CliError('Only one result of one document can go to stdout (-o -).', EXIT.usage);
  }
  const inFolder = out !== STDOUT && (several || isFolder(out));
  const [first] = defaults.keys();
  const places = [...defaults].map(([format, path]): [Format, string] => {
    if (inFolder) return [format, join(out, basename(path))];
    return [format, format === first ? out : join(dirname(out), `${parse(out).name}.${extensionOf(format)}`)];
  });
  return new Map(places);
}

/** PDF/A lies beside the other PDF. */
function extensionOf(format: Format): string {
  return format === 'pdfa' ? 'pdfa.pdf' : format;
}

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? extname(path) === '');
}

/**
 * Writes a result: it appears whole or not at all, and replaces an older one. Folders are made as needed.
 * @throws CliError (cannotCreate, or unavailable when not all of it comes)
 */
export async function writeResult(bytes: ReadableStream<Uint8Array>, path: string): Promise<void> {
  if (path === STDOUT) return pipeline(() => wholeOf(bytes), process.stdout, { end: false });
  const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Opened first: a stream that breaks at once must not have the file made after it was removed.
    const file = await open(unfinished, 'w');
    await pipeline(() => wholeOf(bytes), file.createWriteStream());
    renameSync(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    if (error instanceof CliError) throw error;
    throw new CliError(`${path} cannot be written: ${(error as Error).message}`, EXIT.cannotCreate, { cause: error });
  }
}

async function* wholeOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* Readable.fromWeb(bytes as NodeReadableStream<Uint8Array>);
  } catch (error) {
    throw new CliError('The server broke the result off before all of it had come.', EXIT.unavailable, { cause: error });
  }
}
