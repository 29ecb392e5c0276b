import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** The compiled tesseract of tesseract.js, with the name of the script that belongs to it. */
export interface TesseractCore {
  readonly script: string;
  readonly module: WebAssembly.Module;
}

const require = createRequire(import.meta.url);
/** LSTM-only builds, fastest first. The relaxed-SIMD build is left out: no faster, and its results depend on the CPU. */
const BUILDS = ['tesseract.js-core/tesseract-core-simd-lstm', 'tesseract.js-core/tesseract-core-lstm'];

let compiled: Promise<TesseractCore> | undefined;

/**
 * Compiles tesseract once a process; the threads share the code, so that a replaced one starts with it already optimised.
 * @throws when the machine's CPU runs none of the builds.
 */
export function compileTesseractCore(): Promise<TesseractCore> {
  compiled ??= compileFirst(BUILDS).catch((error: unknown) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
}

async function compileFirst(builds: readonly string[]): Promise<TesseractCore> {
  const [build, ...others] = builds;
  if (build === undefined) throw new Error('No build of tesseract.js-core runs on this CPU.');
  const script = require.resolve(build);
  try {
    return { script, module: await WebAssembly.compile(await readFile(script.replace(/\.js$/, '.wasm'))) };
  } catch (error) {
    if (error instanceof WebAssembly.CompileError && others.length > 0) return compileFirst(others);
    throw error;
  }
}
