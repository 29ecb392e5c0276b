import { Worker, type WorkerOptions } from 'node:worker_threads';
import { scriptBeside } from './script-beside.js';

/** Starts the worker thread whose module lies beside the caller: `spawnWorker(import.meta.url, './render.worker')`; see {@link scriptBeside}. */
export function spawnWorker(callerUrl: string, module: string, options: WorkerOptions = {}): Worker {
  const { path, execArgv } = scriptBeside(callerUrl, module);
  return new Worker(path, execArgv.length === 0 ? options : { ...options, execArgv: [...(options.execArgv ?? []), ...execArgv] });
}
