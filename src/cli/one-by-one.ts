import { EXIT } from '../exit-codes.js';
import { CliError } from './errors.js';
import type { Terminal } from './terminal.js';

/** What would be answered to every further call, too: nobody is there, or the key is wrong. */
const REFUSES_ALL: ReadonlySet<number> = new Set([EXIT.unavailable, EXIT.noPermission]);

/**
 * Does something with each of the names (documents, task ids), one after the other. One that is refused is told under its name
 * and does not stop the others; no server, or no valid key, does. When not all of several went well, the last line sums up.
 * @returns the exit code: that of the first refusal
 * @throws what `action` throws that is no CliError
 */
export async function oneByOne(
  names: readonly string[],
  terminal: Terminal,
  action: (name: string) => Promise<void>,
): Promise<number> {
  const refusals: CliError[] = [];
  let done = 0;
  for (const name of names) {
    try {
      await action(name);
      done++;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      terminal.fail(error, name);
      refusals.push(error);
      if (REFUSES_ALL.has(error.exitCode)) break;
    }
  }
  const untried = names.length - done - refusals.length;
  if (names.length > 1 && refusals.length > 0) {
    terminal.note(`Of ${names.length}: ${done} done, ${refusals.length} failed${untried === 0 ? '' : `, ${untried} not tried`}.`);
  }
  return refusals[0]?.exitCode ?? EXIT.ok;
}
