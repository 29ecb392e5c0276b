import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadClientSettings } from '../../config/client-settings.js';
import { planLaunch } from '../../database/embedded/launch-plan.js';
import { EXIT } from '../../exit-codes.js';
import { ApiClient } from '../api-client.js';
import { onEndSignals } from '../../signals.js';
import { CliError } from '../errors.js';
import { treatmentOf, type GlobalOptions, type TreatmentOptions } from '../options.js';
import { PRIVATE_SETTINGS } from '../private-settings.js';
import { formatsFor, planResults, STDOUT } from '../result-files.js';
import { assertReadable } from '../readable-file.js';
import type { Terminal } from '../terminal.js';
import { processDocuments, type Plan } from './process-documents.js';

export interface RunOptions extends TreatmentOptions, Pick<GlobalOptions, 'url' | 'apiKey'> {
  out?: string;
  dataDir?: string;
}

/** Where the work is done: a server that is there, or a node in this process. */
interface Workplace {
  readonly client: ApiClient;
  leave(): Promise<void>;
}

/**
 * The main job in one line: documents in, results out. Without `--url` a node is started in this process, with a PostgreSQL
 * and a folder of its own that are gone afterwards, and nobody else is told of; with `--data-dir` it joins the installation there instead (its queue,
 * its database, also while its server runs), and what is left after a kill is finished by whoever runs there next.
 * @returns the exit code
 */
export async function run(files: readonly string[], options: RunOptions, terminal: Terminal): Promise<number> {
  for (const file of files) assertReadable(file);
  const formats = formatsFor(options.format, options.out);
  const plans = planResults(files, formats, options.out).map((results, index): Plan => ({ file: files[index] ?? '', results }));
  if (terminal.json && plans.some(({ results }) => [...results.values()].includes(STDOUT))) {
    throw new CliError('With --json, stdout is taken: -o - cannot be used.', EXIT.usage);
  }
  const stop = new AbortController();
  let interrupted: number | undefined;
  const unhear = onEndSignals((_signal, exitCode) => {
    interrupted = exitCode;
    terminal.note('Stopping...');
    stop.abort();
  });
  try {
    const place = await workplace(options, terminal);
    try {
      const treatment = treatmentOf(options, formats);
      const code = await processDocuments(plans, { client: place.client, terminal, treatment, signal: stop.signal });
      return interrupted ?? code;
    } finally {
      await place.leave();
    }
  } finally {
    unhear();
  }
}

async function workplace(options: RunOptions, terminal: Terminal): Promise<Workplace> {
  if (options.url !== undefined) return { client: new ApiClient(loadClientSettings(options)), leave: async () => {} };
  return options.dataDir === undefined ? inOwnFolder(terminal) : inThisProcess({ data_dir: resolve(options.dataDir) });
}

/** Everything of its own, and nobody else's: database, store, logs. Removed at the end, however it comes. */
async function inOwnFolder(terminal: Terminal): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-queue-run-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  // Also when a second Ctrl+C ends the process at once: the database's watchdog then ends the server.
  process.once('exit', remove);
  terminal.note('Starting...');
  const { client, leave } = await inThisProcess({ ...PRIVATE_SETTINGS, data_dir: folder, log_dir: join(folder, 'logs') });
  return {
    client,
    leave: async () => {
      await leave();
      // Where root may not use the folder for it, the database lies elsewhere.
      rmSync(planLaunch(folder).home, { recursive: true, force: true });
    },
  };
}

/** A node that nobody else can talk to. It logs beside its data, where the settings name no other place. */
async function inThisProcess(settings: { data_dir: string; [name: string]: unknown }): Promise<Workplace> {
  const { startNode } = await import('../../bootstrap.js');
  const apiKey = randomBytes(24).toString('base64url');
  const node = await startNode(
    { ...settings, host: '127.0.0.1', port: 0, rpc_port: 0, api_keys: [apiKey], roles: null, log_console: 'off' },
    { log_dir: join(settings.data_dir, 'logs') },
  );
  return { client: new ApiClient({ url: node.url, apiKey }), leave: () => node.close() };
}
