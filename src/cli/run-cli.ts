import { CommanderError } from 'commander';
import { EXIT } from '../exit-codes.js';
import { exitCodeOf, isForeseen } from '../start-failure.js';
import { CliError } from './errors.js';
import { buildProgram } from './program.js';
import { Terminal } from './terminal.js';

/** Runs the `ocr-queue` command. @returns its exit code; for a server, undefined: it lives on until a signal ends it */
export async function runCli(args: readonly string[]): Promise<number | undefined> {
  let code: number | undefined;
  const program = buildProgram((finished) => (code = finished));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has said what is wrong
    new Terminal(program.opts<{ json?: boolean }>().json === true).fail(
      isForeseen(error) ? new CliError(error.message, 0) : error,
    );
    return error instanceof CliError ? error.exitCode : exitCodeOf(error);
  }
}
