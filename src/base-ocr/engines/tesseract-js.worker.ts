/**
 * The thread one embedded tesseract lives in. It drives the worker script of tesseract.js itself rather than going through its
 * `createWorker`, which neither hears a thread's `error` event (a crash in WASM would take the process down) nor tells its
 * memory. Messages are handled one after the other.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { quickenTsv, type CoreModule } from './tesseract-js.rows.js';
import type { ThreadReply, ThreadRequest, ThreadStart } from './tesseract-js.thread.js';

interface ScriptMessage {
  status: 'resolve' | 'reject' | 'progress';
  data: unknown;
}
interface WorkerScript {
  setAdapter(adapter: Record<string, unknown>): void;
  dispatchHandlers(packet: Record<string, unknown>, send: (message: ScriptMessage) => void): void;
}
type Core = (options: Record<string, unknown>) => Promise<CoreModule>;

/** Tesseract's own number: `OEM_LSTM_ONLY`. */
const LSTM_ONLY = 1;

const require = createRequire(import.meta.url);
const script = require('tesseract.js/src/worker-script/index.js') as WorkerScript;
const { coreScript, coreModule, tessdata } = workerData as ThreadStart;

let memory: WebAssembly.Memory | undefined;
let messages: string[] = [];
let loaded = false;
let language: string | undefined;
const present = new Set<string>();

script.setAdapter({
  getCore: () => startCore,
  readCache: (path: string) => readFile(path),
  // Language data lies on the disk as it is used; nothing is fetched, cached or unpacked.
  fetch: () => Promise.reject(new Error('tesseract may not use the network')),
  gunzip: (data: unknown) => data,
  writeCache: () => Promise.resolve(),
  deleteCache: () => Promise.resolve(),
});

/** What tesseract prints is kept for the next error, and not shown. */
const note = (line: string) => {
  messages = [...messages.slice(-9), line];
};
const console_ = { print: note, printErr: note };

async function startCore(options: Record<string, unknown>): Promise<CoreModule> {
  const core = await (require(coreScript) as Core)({ ...options, instantiateWasm, ...console_ });
  quickenTsv(core, () => memory!);
  return core;
}

/** Takes the module compiled by the process, and keeps hold of the memory it works in. */
function instantiateWasm(
  imports: WebAssembly.Imports,
  done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
): Record<string, never> {
  void WebAssembly.instantiate(coreModule, imports).then((instance) => {
    memory = Object.values(instance.exports).find((part) => part instanceof WebAssembly.Memory);
    done(instance, coreModule);
  });
  return {};
}

/** Runs one action of the worker script. */
function run(action: string, payload: Record<string, unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    script.dispatchHandlers({ workerId: 'tesseract', jobId: action, action, payload }, ({ status, data }) => {
      if (status === 'resolve') resolve(data);
      else if (status === 'reject') reject(new Error(String(data)));
    });
  });
}

async function useLanguage(asked: string): Promise<void> {
  if (!loaded) await run('load', { options: { lstmOnly: true, logging: false } });
  loaded = true;
  if (language === asked) return;
  language = undefined;
  for (const name of asked.split('+').filter((each) => !present.has(each))) {
    // Tesseract's file system is empty: `script/Latin` needs its folder.
    if (name.includes('/')) await run('FS', { method: 'mkdir', args: [dirname(name)] }).catch(() => undefined);
    const options = { langPath: tessdata, gzip: false, cacheMethod: 'none', lstmOnly: true };
    await run('loadLanguage', { langs: [name], options });
    present.add(name);
  }
  await run('initialize', { langs: asked, oem: LSTM_ONLY });
  language = asked;
}

async function recognise(request: Extract<ThreadRequest, { kind: 'recognise' }>): Promise<ThreadReply> {
  messages = [];
  try {
    await useLanguage(request.language);
    await run('setParameters', { params: { tessedit_pageseg_mode: request.psm } });
    const result = await run('recognize', {
      image: request.tiff,
      options: { user_defined_dpi: request.dpi },
      output: { text: false, tsv: true },
    });
    return { tsv: (result as { tsv: string }).tsv, memoryBytes: memoryHeld() };
  } catch (error) {
    return { error: [(error as Error).message, ...messages].join('\n') };
  }
}

/** Bytes this thread holds: tesseract's memory, which only ever grows, and the thread's JavaScript heap. */
function memoryHeld(): number {
  return (memory?.buffer.byteLength ?? 0) + getHeapStatistics().total_heap_size;
}

const port = parentPort;
let work: Promise<void> = Promise.resolve();
port?.on('message', (request: ThreadRequest) => {
  work = work.then(async () => {
    if (request.kind === 'recognise') port.postMessage(await recognise(request));
    // A language that cannot be loaded ahead of time fails again, and is told of, when a page needs it.
    else await useLanguage(request.language).catch(() => undefined);
  });
});
