import type { Worker } from 'node:worker_threads';
import { OcrError } from '../../errors/ocr-error.js';
import { spawnWorker } from '../../threads/spawn-worker.js';
import type { GrayImage } from '../../document/document.types.js';
import { toTiff } from './page-files.js';
import type { TesseractCore } from './tesseract-js.core.js';
import { readsAlike, type PageTerms, type TesseractReader } from './tesseract-pool.js';

/** What the thread is started with. */
export interface ThreadStart {
  coreScript: string;
  coreModule: WebAssembly.Module;
  /** Folder of the unpacked language data. */
  tessdata: string;
}

export type ThreadRequest =
  /** Get a language ready; not answered. */
  { kind: 'load'; language: string } | ({ kind: 'recognise'; tiff: Uint8Array } & PageTerms);

export type ThreadReply = { tsv: string; memoryBytes: number } | { error: string };

/** One embedded tesseract in a thread of its own. */
export class TesseractThread implements TesseractReader {
  pages = 0;
  memoryBytes = 0;
  private readonly worker: Worker;
  private pending: { resolve: (tsv: string) => void; reject: (error: unknown) => void } | undefined;
  private ended: Promise<void> | undefined;
  /** The data of each language it has taken up: it keeps them all. */
  private readonly known = new Map<string, string>();

  /** Starts the thread and gets the language of such pages ready in it. */
  constructor(
    core: TesseractCore,
    tessdata: string,
    private setUp: PageTerms,
  ) {
    const start: ThreadStart = { coreScript: core.script, coreModule: core.module, tessdata };
    // stdout and stderr are not passed on: tesseract writes remarks about single pages there.
    this.worker = spawnWorker(import.meta.url, './tesseract-js.worker', { workerData: start, stdout: true, stderr: true });
    this.worker.stdout.resume();
    this.worker.stderr.resume();
    this.worker.on('message', (reply: ThreadReply) => this.settle(reply));
    this.worker.on('error', (error) => this.kill(new OcrError('engine_crashed', { cause: error })));
    this.worker.on('exit', () => this.kill(new OcrError('engine_crashed')));
    // Only a thread at work keeps the process alive.
    this.worker.unref();
    this.takeUp(setUp);
    this.post({ kind: 'load', language: setUp.language });
  }

  get dead(): boolean {
    return this.ended !== undefined;
  }

  /** Tesseract holds on to dictionaries it has read once: for other data of a language it takes another thread. */
  suits(terms: PageTerms): 'as it is' | 'set up anew' | 'no' {
    if (readsAlike(terms, this.setUp)) return 'as it is';
    const isOutdated = dataOf(terms).some(([name, data]) => (this.known.get(name) ?? data) !== data);
    return isOutdated ? 'no' : 'set up anew';
  }

  recognise(image: GrayImage, terms: PageTerms): Promise<string> {
    const tiff = toTiff(image, terms.dpi);
    this.takeUp(terms);
    return new Promise((resolve, reject) => {
      if (this.dead) {
        reject(new OcrError('engine_crashed'));
        return;
      }
      this.pending = { resolve, reject };
      this.worker.ref();
      this.post({ kind: 'recognise', tiff, ...terms }, [tiff.buffer as ArrayBuffer]);
    });
  }

  kill(reason: unknown): Promise<void> {
    this.ended ??= this.worker.terminate().then(() => undefined);
    this.pending?.reject(reason);
    this.pending = undefined;
    return this.ended;
  }

  private takeUp(terms: PageTerms): void {
    this.setUp = terms;
    for (const [name, data] of dataOf(terms)) this.known.set(name, data);
  }

  private post(request: ThreadRequest, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(request, transfer);
  }

  private settle(reply: ThreadReply): void {
    if ('error' in reply) {
      // What is left of tesseract after an error inside it is not to be trusted with the next page.
      void this.kill(new OcrError('engine_failed', { cause: new Error(reply.error) }));
      return;
    }
    this.worker.unref();
    this.memoryBytes = reply.memoryBytes;
    this.pending?.resolve(reply.tsv);
    this.pending = undefined;
  }
}

/** The languages of a page, each with its data. */
function dataOf({ language, data }: PageTerms): [string, string][] {
  return language.split('+').map((name, index) => [name, data[index] ?? '']);
}
