import { startNode, type RunningNode } from './bootstrap.js';
import { EXIT } from './exit-codes.js';
import { Logs } from './logging/logs.js';
import { onEndSignals, type EndSignal } from './signals.js';
import { exitCodeOf, isForeseen } from './start-failure.js';
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
    process.stderr.write(`ocr-queue cannot start: ${isForeseen(error) ? error.message : reportOf(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

function printBanner({ url, settings }: RunningNode): void {
  if (settings.log_console === 'json') return; // the log line says it
  const what = settings.roles.includes('api') ? `API docs: ${url}/api/docs` : `${settings.roles.join(' and ')}, no API`;
  process.stdout.write(`OCR Queue ${VERSION} is ready: ${url} (${what})\n`);
}

/** The signals and the last errors of this process. */
class ProcessLife {
  private node: RunningNode | undefined;
  private ending = false;
  private exitCode: number = EXIT.ok;

  constructor() {
    onEndSignals((signal, exitCode) => this.stop(signal, exitCode));
    // Also unhandled rejections: Node raises them as uncaught exceptions.
    process.on('uncaughtException', (error, origin) => this.crash(error, origin));
    // A console that was closed must not take the server down.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
  }

  began(node: RunningNode): void {
    this.node = node;
  }

  private stop(signal: EndSignal, exitCode: number): void {
    const { node } = this;
    if (node === undefined) process.exit(exitCode);
    if (this.ending) return;
    const grace = node.settings.shutdown_grace;
    node.app.get(Logs).queue.info({ signal }, `${signal}: stopping; running pages have ${grace} s to finish`);
    this.end(node, grace + STOP_MARGIN);
  }

  private crash(error: unknown, origin: string): void {
    process.stderr.write(`Unforeseen error (${origin}): ${reportOf(error)}\n`);
    this.exitCode = EXIT.failed;
    const { node } = this;
    if (node === undefined) process.exit(this.exitCode);
    node.app.get(Logs).queue.fatal({ err: error, origin }, 'unforeseen error; the process ends');
    if (!this.ending) this.end(node, CRASH_STOP);
  }

  /** Stops the node in order and leaves; after `limit` seconds without waiting for it any longer. */
  private end(node: RunningNode, limit: number): void {
    this.ending = true;
    const late = () => {
      process.stderr.write('The stop takes too long; leaving as it is.\n');
      process.exit(EXIT.failed);
    };
    setTimeout(late, limit * 1000).unref();
    node.close().then(
      () => process.exit(this.exitCode),
      (error: unknown) => {
        process.stderr.write(`The stop failed: ${reportOf(error)}\n`);
        process.exit(EXIT.failed);
      },
    );
  }
}

function reportOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
