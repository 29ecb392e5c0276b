import { accessSync, constants, statSync } from 'node:fs';
import { EXIT } from '../exit-codes.js';
import { CliError } from './errors.js';

/**
 * @param hint what else a path that does not exist may mean
 * @throws CliError (noInput) when the file is not there, is a folder, or cannot be read
 */
export function assertReadable(file: string, hint = ''): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(
      missing ? `${file} does not exist${hint === '' ? '' : ` here. ${hint}`}.` : `${file} cannot be read.`,
      EXIT.noInput,
    );
  }
  if (statSync(file).isDirectory()) throw new CliError(`${file} is a folder.`, EXIT.noInput);
}
