import { Command, Option } from 'commander';
import { loadClientSettings } from '../config/client-settings.js';
import { VERSION } from '../version.js';
import { ApiClient, type Change } from './api-client.js';
import { change } from './commands/change.js';
import { list, result, stats, status, type ListOptions } from './commands/show.js';
import { run, type RunOptions } from './commands/run.js';
import { submit, type SubmitOptions } from './commands/submit.js';
import { watch, type WatchOptions } from './commands/watch.js';
import {
  formats,
  wholeNumber,
  withDelivery,
  withReading,
  withTreatment,
  type DeliveryOptions,
  type GlobalOptions,
  type ReadingOptions,
} from './options.js';
import { Terminal } from './terminal.js';
import type { Format } from '../task-manager/task.types.js';

const CHANGES: Readonly<Record<Change | 'delete', string>> = {
  pause: 'stop work on tasks; finished pages are kept',
  resume: 'take paused tasks up again',
  cancel: 'end tasks without a result',
  delete: 'remove finished tasks and their files',
};

const EXIT_CODES = `
Exit codes: 0 done; 1 a document failed or a request was refused; 2 done, but pages failed; 64 wrong command line;
66 a file cannot be read; 69 no server or database there; 71 the address to listen on cannot be had; 73 a result cannot be
written; 77 a valid API key is wanted; 78 a setting is wrong; 130 and 143 interrupted.`;

/**
 * The `ocr-queue` command. `finish` gets the exit code of the command that was run.
 * The commands that run a server load it only then: the others start quickly.
 */
export function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('ocr-queue')
    .description('A document OCR queue: documents in, searchable PDFs out.')
    .version(VERSION)
    .option('--json', 'JSON alone on stdout, for scripts', false)
    .option('--url <url>', 'address of the server (default: OCR_URL, or http://127.0.0.1:8000)')
    .option('--api-key <key>', 'its API key (default: OCR_API_KEY)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_CODES);
  const said = () => program.opts<GlobalOptions>();
  const terminal = () => new Terminal(said().json);
  const client = () => new ApiClient(loadClientSettings(said()));
  const command = (name: string, description: string) => program.command(name).description(description);

  addServers(command);
  withTreatment(command('run', 'read documents here and now, without a server (with --url: by the server there)'))
    .argument('<file...>', 'documents: PDF, TIFF, PNG, JPEG, WebP')
    .option('-o, --out <path>', 'file or folder of the results; - is stdout (default: beside each document, as <name>.ocr.pdf)')
    .option('--data-dir <folder>', 'join the installation in this folder instead of a queue of its own')
    .action(async (files: string[], options: RunOptions) => finish(await run(files, { ...options, ...said() }, terminal())));
  withDelivery(withTreatment(command('submit', 'hand documents to a server')))
    .argument('<document...>', 'files of this machine, or addresses')
    .option('--on-server', 'they are paths the server can read')
    .option('--idempotency-key <key>', 'the same key and document make one task, however often they come')
    .action(async (targets: string[], options: SubmitOptions) => finish(await submit(targets, options, client(), terminal())));
  command('status', 'show tasks')
    .argument('<task...>')
    .action(async (ids: string[]) => finish(await status(ids, client(), terminal())));
  command('watch', 'print what happens to a task until it is done, or to all tasks')
    .argument('[task]')
    .option('--all', 'all tasks')
    .option('--after <event>', 'id of the last event seen: what came since is told again')
    .action(async (id: string | undefined, options: WatchOptions) => finish(await watch(id, options, client(), terminal())));
  for (const [action, description] of Object.entries(CHANGES) as [Change | 'delete', string][]) {
    command(action, description)
      .argument('<task...>')
      .action(async (ids: string[]) => finish(await change(action, ids, client(), terminal())));
  }
  withDelivery(withReading(command('retry', 'read again what failed, as before or as the options say')))
    .argument('<task...>')
    .action(async (ids: string[], anew: ReadingOptions & DeliveryOptions) =>
      finish(await change('retry', ids, client(), terminal(), anew)),
    );
  command('list', 'list tasks, newest first')
    .option('--status <statuses>', 'only these, commas between them')
    .option('--priority <priorities>', 'only these, commas between them')
    .option('--text <text>', 'only documents with this in their name')
    .option('--tenant <name>', 'only those of this tenant')
    .option('--batch <batch>', 'only those of this batch')
    .option('--sort <field>', 'created_at, updated_at, finished_at, name, priority, status; with - before it descending')
    .addOption(new Option('--limit <count>', 'at most so many').argParser(wholeNumber))
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action(async (options: ListOptions) => finish(await list(options, client(), terminal())));
  command('stats', 'show what the queue does').action(async () => finish(await stats(client(), terminal())));
  command('result', 'fetch the results of a task')
    .argument('<task>')
    .option('-o, --out <path>', 'file or folder; - is stdout (default: the document’s name, here)')
    .addOption(new Option('-f, --format <formats>', 'which, commas between them').argParser(formats))
    .action(async (id: string, options: { out?: string; format?: Format[] }) =>
      finish(await result(id, options, client(), terminal())),
    );
  command('migrate', 'bring the database up to this version')
    .option('--data-dir <folder>', 'folder of the installation')
    .action(async (options: { dataDir?: string }) => {
      const { migrate } = await import('./commands/migrate.js');
      finish(await migrate(options, terminal()));
    });
  return program;
}

interface ServerOptions {
  host?: string;
  port?: number;
  dataDir?: string;
  roles?: string;
}

/** `serve` and `worker`: they return once the server is up, and the process lives on until a signal ends it. */
function addServers(command: (name: string, description: string) => Command): void {
  const server = (name: string, description: string) =>
    command(name, description)
      .option('--host <address>', 'address to listen on')
      .addOption(new Option('--port <port>', 'port to listen on; 0 takes a free one').argParser(wholeNumber))
      .option('--data-dir <folder>', 'folder of everything it keeps');
  const start = async (options: ServerOptions, defaults: Record<string, unknown> = {}) => {
    const { host, port, dataDir, roles } = options;
    const { serve } = await import('../serve.js');
    await serve({ host, port, data_dir: dataDir, roles }, defaults);
  };
  server('serve', 'run the server: API, worker and scheduler')
    .option('--roles <roles>', 'what it does, commas between them: api, worker, scheduler')
    .action((options: ServerOptions) => start(options));
  // Also a scheduler: workers that outlive the server still take over from each other. A free port, to run several.
  server('worker', 'run a worker beside servers with the same database and store').action((options: ServerOptions) =>
    start({ ...options, roles: 'worker,scheduler' }, { port: 0 }),
  );
}
