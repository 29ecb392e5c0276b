import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { scriptBeside } from '../../threads/script-beside.js';
import type { PageTerms } from './tesseract-pool.js';

/** A program that takes names of image files from its stdin and writes the TSV of each to its stdout. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** How pages of certain terms are read: by which program. */
export type ProgramFor = (terms: PageTerms) => Program;

/** Without the limit every process starts threads for all cores, and several processes slow each other down manifold. */
const ONE_THREAD = { OMP_THREAD_LIMIT: '1' };

/** The native tesseract itself. @param folder with the language data */
export function tesseractProgram(command: string, folder: string): ProgramFor {
  return ({ language, psm }) => {
    const terms = ['--tessdata-dir', folder, '-l', language, '--oem', '1', '--psm', psm];
    // Output is chosen by variables: the shorthand `tsv` needs a file in the language folder.
    const output = ['-c', 'tessedit_create_tsv=1', '-c', 'tessedit_create_txt=0', '-c', 'stream_filelist=1'];
    return { command, args: ['stdin', 'stdout', ...terms, ...output], environment: ONE_THREAD };
  };
}

/** The library of the native tesseract in a process of Node. @param version it must be of */
export function libraryProgram(path: string, version: string, folder: string): ProgramFor {
  const host = scriptBeside(import.meta.url, './tesseract-library.host');
  return ({ language, psm }) => ({
    command: process.execPath,
    // What little it does itself needs no threads.
    args: ['--v8-pool-size=0', ...host.execArgv, host.path, path, version, folder, language, psm],
    // Options meant for the server (a debugger's port, say) are not for it.
    environment: { ...ONE_THREAD, NODE_OPTIONS: '', UV_THREADPOOL_SIZE: '1' },
  });
}

const LIBRARIES: Partial<Record<NodeJS.Platform, string>> = { linux: 'libtesseract.so.5', darwin: 'libtesseract.5.dylib' };

/** Where the library of a native tesseract may be: where it is installed beside the program, and where the system looks for it. */
export async function librariesOf(command: string): Promise<string[]> {
  const name = LIBRARIES[process.platform];
  if (name === undefined) return [];
  const program = await placeOf(command);
  const beside = program === null ? null : join(dirname(program), '..', 'lib', name);
  return beside !== null && (await isThere(beside)) ? [beside, name] : [name];
}

async function placeOf(command: string): Promise<string | null> {
  const folders = command.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const path = join(folder, command);
    if (await isThere(path, constants.X_OK)) return realpath(path);
  }
  return null;
}

function isThere(path: string, mode = constants.R_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
