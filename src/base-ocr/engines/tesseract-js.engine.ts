import { createRequire } from 'node:module';
import { OcrError } from '../../errors/ocr-error.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineStatus, OcrEngine, RecogniseRequest, RecogniseResponse } from './ocr-engine.js';
import { assertReadable, tesseractDpi, toPgm } from './pgm.js';
import { PAGE_SEGMENTATION } from './tesseract-segmentation.js';
import { Slots } from '../../threads/slots.js';
import type { Tessdata } from './tessdata.js';
import { compileTesseractCore } from './tesseract-js.core.js';
import { TesseractThread } from './tesseract-js.thread.js';
import { parseTsv } from './tesseract-tsv.js';

const { version } = createRequire(import.meta.url)('tesseract.js/package.json') as { version: string };

/** Limits of the pool. */
export interface TesseractJsOptions {
  /** Threads, and so pages read at the same time. */
  slots: number;
  /** A thread is replaced after so many pages, or once it holds so many bytes. */
  maxPages: number;
  maxMemoryBytes: number;
}

/**
 * The embedded tesseract: tesseract.js (WASM) on a pool of threads. Threads start when pages need them and keep their language
 * until another is asked for. An aborted page kills its thread, the one way to stop WASM; a fresh one starts in its place.
 */
export class TesseractJsEngine implements OcrEngine {
  readonly name = 'tesseract_js';
  readonly segments = true;
  private readonly slots: Slots;
  private idle: TesseractThread[] = [];
  private readonly busy = new Set<TesseractThread>();
  private readonly dying = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly tessdata: Tessdata,
    private readonly options: TesseractJsOptions,
  ) {
    this.slots = new Slots(options.slots);
  }

  async status(): Promise<EngineStatus> {
    const languages = await this.tessdata.languages();
    return { name: this.name, ready: !this.closed, version, languages, slots: this.slots.size };
  }

  async recognise({ image, language, segmentation, signal }: RecogniseRequest): Promise<RecogniseResponse> {
    signal.throwIfAborted();
    assertReadable(image);
    await this.tessdata.prepare(language);
    const release = await this.slots.acquire(signal);
    let thread: TesseractThread | undefined;
    try {
      thread = await this.take(language);
      return { blocks: parseTsv(await this.read(thread, { image, language, segmentation, signal })) };
    } finally {
      if (thread !== undefined) this.giveBack(thread);
      release();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const reason = new OcrError('engine_unavailable', { detail: 'The engine is closed.' });
    this.slots.close(reason);
    for (const thread of [...this.idle.splice(0), ...this.busy]) this.end(thread, reason);
    await Promise.all(this.dying);
  }

  private async read(
    thread: TesseractThread,
    { image, language, segmentation = 'auto', signal }: RecogniseRequest,
  ): Promise<string> {
    signal.throwIfAborted();
    const stop = () => this.end(thread, signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await thread.recognise(toPgm(image), {
        dpi: tesseractDpi(image.dpi),
        language,
        psm: PAGE_SEGMENTATION[segmentation],
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** A thread for a caller that holds a slot: one with the language already, else a new one, else the longest idle. */
  private async take(language: string): Promise<TesseractThread> {
    const core = await compileTesseractCore();
    if (this.closed) throw new OcrError('engine_unavailable', { detail: 'The engine is closed.' });
    this.idle = this.idle.filter((thread) => !thread.dead);
    const full = this.idle.length + this.busy.size >= this.options.slots;
    const thread =
      this.idle.find((each) => each.language === language) ??
      (full ? this.idle[0] : undefined) ??
      new TesseractThread(core, this.tessdata.folder, language);
    this.idle = this.idle.filter((each) => each !== thread);
    this.busy.add(thread);
    return thread;
  }

  /** Puts a thread back to the idle ones, or a fresh one in its place when it is dead or due. */
  private giveBack(thread: TesseractThread): void {
    this.busy.delete(thread);
    const due = thread.pages >= this.options.maxPages || thread.memoryBytes >= this.options.maxMemoryBytes;
    if (due) this.end(thread, new OcrError('engine_unavailable'));
    if (!thread.dead) this.idle.push(thread);
    else if (!this.closed) void this.startFresh(thread.language);
  }

  private async startFresh(language: string): Promise<void> {
    const core = await compileTesseractCore();
    // By now the next caller may have started one itself.
    if (this.closed || this.idle.length + this.busy.size >= this.options.slots) return;
    this.idle.push(new TesseractThread(core, this.tessdata.folder, language));
  }

  private end(thread: TesseractThread, reason: unknown): void {
    const gone = thread.kill(reason).finally(() => this.dying.delete(gone));
    this.dying.add(gone);
  }
}

export const tesseractJs: EngineFactory = {
  name: 'tesseract_js',
  create: ({ settings, tessdata }) =>
    new TesseractJsEngine(tessdata, {
      slots: settings.ocr_slots,
      maxPages: settings.engine_max_pages,
      maxMemoryBytes: settings.engine_max_memory_mb * 1024 * 1024,
    }),
};
