import type { Settings } from '../../config/settings.js';
import { OcrError } from '../../errors/ocr-error.js';
import type { GrayImage } from '../../document/document.types.js';
import { freeMemory } from '../../threads/free-memory.js';
import { Slots } from '../../threads/slots.js';
import { doubtsSheet, settleDoubts } from './doubtful-words.js';
import { NARROWING, narrowImage, readsNarrow, widenBlocks } from './narrowing.js';
import type { EngineBlock, RecogniseRequest } from './ocr-engine.js';
import { assertReadable, tesseractDpi } from './page-files.js';
import { PAGE_SEGMENTATION } from './tesseract-segmentation.js';
import type { Tessdata } from './tessdata.js';
import { parseTsv } from './tesseract-tsv.js';

/** How a page is to be read, in tesseract's own words. */
export interface PageTerms {
  readonly language: string;
  /** Which data each of its languages has, in their order: a reader keeps what it was set up with, whatever has replaced it since. */
  readonly data: readonly string[];
  readonly dpi: string;
  /** Page segmentation mode. */
  readonly psm: string;
}

/** Whether two pages are to be read in the same languages, with the same data. */
export function readsAlike(one: PageTerms, other: PageTerms): boolean {
  return one.language === other.language && one.data.join() === other.data.join();
}

/** A running tesseract, in a thread or a process of its own. It reads one page at a time and, once dead, stays dead. */
export interface TesseractReader {
  /** Pages read; the pool counts them. */
  pages: number;
  /** Bytes held after the last image it read. */
  readonly memoryBytes: number;
  readonly dead: boolean;
  /** Whether it can read such a page as it is set up, after being set up anew, or not at all. */
  suits(terms: PageTerms): 'as it is' | 'set up anew' | 'no';
  /**
   * Reads a page and returns tesseract's TSV.
   * @throws OcrError `engine_failed`, `engine_crashed` or `engine_unavailable`, or whatever {@link kill} was called with
   */
  recognise(image: GrayImage, terms: PageTerms): Promise<string>;
  /** Ends it, in the middle of a page if need be; that page is rejected with `reason` at once. Resolves when it is gone. */
  kill(reason: unknown): Promise<void>;
}

/** Limits of a pool. */
export interface PoolLimits {
  /** Pages read at the same time. */
  readonly slots: number;
  /** A reader is replaced after so many pages, or once it holds so many bytes. */
  readonly maxPages: number;
  readonly maxMemoryBytes: number;
}

/** The limits as they are set. */
export function poolLimits(settings: Settings): PoolLimits {
  return {
    slots: settings.ocr_slots,
    maxPages: settings.engine_max_pages,
    maxMemoryBytes: settings.engine_max_memory_mb * 1024 * 1024,
  };
}

/**
 * Running tesseracts that are kept from page to page: starting one and unpacking its model takes a tenth of a page's time. They
 * start when pages need them. An aborted page takes its reader down, the one way to stop tesseract; a fresh one starts in its place.
 */
export class TesseractPool {
  private readonly slots: Slots;
  private idle: TesseractReader[] = [];
  private readonly busy = new Set<TesseractReader>();
  private readonly dying = new Set<Promise<void>>();
  /** Readers that are being started, and of these the ones that take the place of others. */
  private starting = 0;
  private readonly replacements = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly tessdata: Tessdata,
    private readonly limits: PoolLimits,
    private readonly startReader: (terms: PageTerms) => Promise<TesseractReader>,
  ) {
    this.slots = new Slots(limits.slots);
  }

  /** False once it is closed. */
  get open(): boolean {
    return !this.closed;
  }

  /** What readings of the language depend on besides tesseract's version; see `OcrEngine.identity`. @throws OcrError language_not_available */
  async identity(language: string): Promise<string> {
    return [...(await this.tessdata.states(language)), NARROWING].join(', ');
  }

  /** Reads one page. @throws OcrError language_not_available and those of the reader; or the signal's reason */
  async recognise({ image, language, segmentation = 'auto', signal }: RecogniseRequest): Promise<EngineBlock[]> {
    signal.throwIfAborted();
    assertReadable(image);
    const data = await this.tessdata.prepare(language);
    const release = await this.slots.acquire(signal);
    const terms = { language, data, dpi: tesseractDpi(image.dpi), psm: PAGE_SEGMENTATION[segmentation] };
    let reader: TesseractReader | undefined;
    try {
      const narrow = readsNarrow(language, image.dpi);
      const shown = narrow ? await narrowImage(image, signal) : image;
      reader = await this.take(terms);
      const found = parseTsv(await this.read(reader, shown, terms, signal));
      reader.pages += 1;
      if (!narrow) return found;
      freeMemory(shown.data);
      const wide = widenBlocks(found, image.width);
      if (segmentation === 'auto') await this.readDoubts(reader, image, wide, terms, signal);
      return wide;
    } finally {
      if (reader !== undefined) this.giveBack(reader, terms);
      release();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const reason = closedError();
    this.slots.close(reason);
    for (const reader of [...this.idle.splice(0), ...this.busy]) this.end(reader, reason);
    await Promise.all(this.replacements);
    await Promise.all(this.dying);
  }

  /** Reads again, at full width, what was read doubtfully from a narrowed image, and puts it into `found`, which stays as it is if that fails. */
  private async readDoubts(
    reader: TesseractReader,
    image: GrayImage,
    found: readonly EngineBlock[],
    terms: PageTerms,
    signal: AbortSignal,
  ): Promise<void> {
    const sheet = doubtsSheet(image, found);
    if (sheet === undefined) return;
    try {
      settleDoubts(sheet, parseTsv(await this.read(reader, sheet.image, terms, signal)));
      freeMemory(sheet.image.data);
    } catch {
      signal.throwIfAborted();
    }
  }

  private async read(reader: TesseractReader, image: GrayImage, terms: PageTerms, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const stop = () => this.end(reader, signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await reader.recognise(image, terms);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** A reader for a caller that holds a slot: one that is set up for such pages, else a new one, else the longest idle. */
  private async take(terms: PageTerms): Promise<TesseractReader> {
    await Promise.all(this.replacements);
    if (this.closed) throw closedError();
    this.idle = this.idle.filter((reader) => !reader.dead);
    const reader = this.idle.find((each) => each.suits(terms) === 'as it is') ?? this.makeRoom(terms);
    this.idle = this.idle.filter((each) => each !== reader);
    if (reader === undefined) return this.start(terms, (fresh) => this.busy.add(fresh));
    this.busy.add(reader);
    return reader;
  }

  /** Where the pool is full, the longest idle reader is set up anew, which it gives back, or goes. */
  private makeRoom(terms: PageTerms): TesseractReader | undefined {
    const [oldest] = this.idle;
    if (!this.isFull() || oldest === undefined) return undefined;
    if (oldest.suits(terms) === 'set up anew') return oldest;
    this.idle.shift();
    this.end(oldest, new OcrError('engine_unavailable'));
    return undefined;
  }

  private isFull(): boolean {
    return this.idle.length + this.busy.size + this.starting >= this.limits.slots;
  }

  /** Puts a reader back to the idle ones, or a fresh one in its place when it is dead or due. */
  private giveBack(reader: TesseractReader, terms: PageTerms): void {
    this.busy.delete(reader);
    const due = reader.pages >= this.limits.maxPages || reader.memoryBytes >= this.limits.maxMemoryBytes;
    if (due) this.end(reader, new OcrError('engine_unavailable'));
    if (!reader.dead) this.idle.push(reader);
    else if (!this.closed && !this.isFull()) this.replace(terms);
  }

  private replace(terms: PageTerms): void {
    const replacement = this.start(terms, (fresh) => this.idle.push(fresh))
      .then(() => undefined)
      // One that cannot be started is told of when a page needs it.
      .catch(() => undefined)
      .finally(() => this.replacements.delete(replacement));
    this.replacements.add(replacement);
  }

  /** @param place puts the reader where it counts, before its start does no longer */
  private async start(terms: PageTerms, place: (reader: TesseractReader) => unknown): Promise<TesseractReader> {
    this.starting += 1;
    try {
      const reader = await this.startReader(terms);
      if (!this.closed) {
        place(reader);
        return reader;
      }
      await reader.kill(closedError());
      throw closedError();
    } finally {
      this.starting -= 1;
    }
  }

  private end(reader: TesseractReader, reason: unknown): void {
    const gone = reader.kill(reason).finally(() => this.dying.delete(gone));
    this.dying.add(gone);
  }
}

function closedError(): OcrError {
  return new OcrError('engine_unavailable', { detail: 'The engine is closed.' });
}
