import { fileURLToPath } from 'node:url';

/** A script to run in a thread or a process of its own, and the options Node needs for it. */
export interface Script {
  readonly path: string;
  readonly execArgv: readonly string[];
}

/**
 * The module that lies beside the caller: `scriptBeside(import.meta.url, './render.worker')`. Compiled code runs the `.js`; code run from
 * its TypeScript source (tests) runs the `.ts` through tsx.
 */
export function scriptBeside(callerUrl: string, module: string): Script {
  const fromSource = new URL(callerUrl).pathname.endsWith('.ts');
  const path = fileURLToPath(new URL(`${module}.${fromSource ? 'ts' : 'js'}`, callerUrl));
  return { path, execArgv: fromSource ? ['--import', new URL('./register-tsx.mjs', import.meta.url).href] : [] };
}
