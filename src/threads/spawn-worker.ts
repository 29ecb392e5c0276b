import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts the worker thread whose module lies beside the caller: `spawnWorker(import.meta.url, './render.worker')`.
 * Compiled code runs the `.js`; code run from its TypeScript source (tests) runs the `.ts` through tsx.
 */
export function spawnWorker(callerUrl: string, module: string, options: WorkerOptions = {}): Worker {
  const fromSource = new URL(callerUrl).pathname.endsWith('.ts');
  if (!fromSource) return new Worker(new URL(`${module}.js`, callerUrl), options);
  const throughTsx = ['--import', new URL('./register-tsx.mjs', import.meta.url).href];
  return new Worker(new URL(`${module}.ts`, callerUrl), { ...options, execArgv: [...(options.execArgv ?? []), ...throughTsx] });
}
