import { CannotListenError, startNode, type RunningNode } from './bootstrap.js';
import { SettingsError } from './config/load-settings.js';
import { OcrError } from './errors/ocr-error.js';
import { EXIT } from './exit-codes.js';
import { Logs } from './logging/logs.js';
import { VERSION } from './version.js';

/** Seconds a stop may take beyond `shutdown_grace`. */
const STOP_MARGIN = 20;
/** Seconds the stop after an unforeseen error may take: the process is not to be trusted any more. */
const CRASH_STOP = 5;

/**
 * Runs a node as a process of its own until a signal ends it. SIGINT and SIGTERM stop it in order with exit code 0; a second
 * signal, or one before it is up, ends it at once with 130 or 143: nothing is lost, other nodes (or the next start) take the
 * work over. An error nobody caught is logged and ends it with 1, for a supervisor to start it afresh.
 *
 * Takes the parameters of `startNode`. Returns once the node is up.
 */
export async function serve(overrides: Record<string, unknown> = {}, defaults: Record<string, unknown> = {}): Promise<void> {
  const life = new ProcessLife();
  try {
    const node = await startNode(overrides, defaults);
    life.began(node);
    printBanner(node);
  } catch (error) {
    process.stderr.write(`${startFailure(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

/** What a start that failed tells its user: known errors in one message, others with their stack. */
function startFailure(error: unknown): string {
  if (isForeseen(error)) return `ocr-queue cannot start: ${error.message}`;
  return `ocr-queue cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** The exit code for a node that could not be started. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return EXIT.config;
  if (error instanceof CannotListenError) return EXIT.cannotListen;
  return error instanceof OcrError ? EXIT.unavailable : EXIT.failed;
}

/** True for errors whose message says all that is to be known. */
export function isForeseen(error: unknown): error is Error {
  return error instanceof SettingsError || error instanceof CannotListenError || error instanceof OcrError;
}

function printBanner({ url, settings }: RunningNode): void {
  if (settings.log_console === 'json') return; // the log line says it
  const parts = settings.roles.includes('api')
    ? `${url}   API docs: ${url}/api/docs   Dashboard: ${url}/`
    : `${url}/readyz   Metrics: ${url}/metrics   (${settings.roles.join(', ')})`;
  process.stdout.write(`OCR Queue ${VERSION} is ready: ${parts}\n`);
}

/** The signals and the last errors of this process. */
class ProcessLife {
  private node: RunningNode | undefined;
  private ending = false;
  private exitCode: number = EXIT.ok;

  constructor() {
    process.on('SIGINT', () => this.stop('SIGINT'));
    process.on('SIGTERM', () => this.stop('SIGTERM'));
    process.on('uncaughtException', (error, origin) => this.crash(error, origin));
    // A console that was closed must not take the server down.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
  }

  began(node: RunningNode): void {
    this.node = node;
  }

  private stop(signal: 'SIGINT' | 'SIGTERM'): void {
    const { node } = this;
    if (node === undefined || this.ending) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    this.ending = true;
    const log = node.app.get(Logs).queue;
    log.info({ signal }, `${signal}: stopping. Running pages have ${node.settings.shutdown_grace} s to finish.`);
    this.endAfter(node.settings.shutdown_grace + STOP_MARGIN, 'The stop takes too long; leaving as it is.');
    node.close().then(
      () => process.exit(this.exitCode),
      (error: unknown) => {
        process.stderr.write(`The stop failed: ${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(EXIT.failed);
      },
    );
  }

  /** Also unhandled rejections: Node raises them as uncaught exceptions. */
  private crash(error: unknown, origin: string): void {
    const report = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`Unforeseen error (${origin}): ${report}\n`);
    this.exitCode = EXIT.failed;
    if (this.node === undefined) process.exit(this.exitCode);
    if (this.ending) return; // the stop under way goes on
    this.ending = true;
    this.node.app.get(Logs).queue.fatal({ err: error, origin }, 'Unforeseen error; the process ends.');
    this.endAfter(CRASH_STOP, 'The stop takes too long; leaving as it is.');
    const leave = () => process.exit(this.exitCode);
    this.node.close().then(leave, leave);
  }

  private endAfter(seconds: number, message: string): void {
    setTimeout(() => {
      process.stderr.write(`${message}\n`);
      process.exit(EXIT.failed);
    }, seconds * 1000).unref();
  }
}
