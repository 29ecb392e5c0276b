import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts the worker thread whose module lies beside the caller: `spawnWorker(import.meta.url, './render.worker')`.
 * Compiled code runs the `.js`; code run from its TypeScript source (tests) runs the `.ts` through tsx.
 */
export function spawnWorker(callerUrl: string, module: string, options: WorkerOptions = {}): Worker {
  const fromSource = new URL(callerUrl).pathname.endsWith('.ts');
  const url = new URL(`${module}${fromSource ? '.ts' : '.js'}`, callerUrl);
  return new Worker(url, fromSource ? { ...options, execArgv: [...(options.execArgv ?? []), '--import', 'tsx'] } : options);
}
