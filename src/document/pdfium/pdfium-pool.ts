import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { ErrorCode } from '../../errors/error-codes.js';
import { OcrError } from '../../errors/ocr-error.js';
import type { DocumentLimits } from '../document.types.js';
import { PdfiumThread } from './pdfium-thread.js';
import type { PdfiumAnswers, PdfiumReply, PdfiumRequest } from './protocol.js';

const MEGABYTE = 1024 * 1024;

/**
 * Threads for a node that has so many pages in work: pages that wait for a remote engine take none, and more threads than cores draw no
 * faster. Two at least, so that a page that takes long does not hold up all others.
 */
export function drawingThreads(slots: number, cores = availableParallelism()): number {
  return Math.min(slots, Math.max(2, cores));
}

/** How a pool is set up. What is optional has a sensible default. */
export interface PdfiumPoolOptions {
  readonly limits: DocumentLimits;
  /** Threads, so documents worked on at the same time. */
  readonly size: number;
  /** Requests for PDFium after which a thread is replaced. */
  readonly recycleAfter?: number;
  /** Bytes of WebAssembly memory beyond which a thread is replaced; the memory of a module never shrinks. */
  readonly recycleBytes?: number;
  /**
   * Bytes one PDFium may take. The page limits keep ordinary work far below; this one stops what they cannot see, such as
   * forms nested in forms without end. PDFium then breaks down, and its thread is replaced.
   */
  readonly mostBytes?: number;
  /** Milliseconds an aborted request may still run before its thread is ended. */
  readonly abortGrace?: number;
}

interface Waiting {
  readonly request: PdfiumRequest;
  readonly signal: AbortSignal | undefined;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  onAbort?: () => void;
}

/**
 * Threads that run PDFium and do what else of a document's work takes a processor's time, started when first needed (one of them by {@link warmUp}). A request that crashes or is aborted harms no other: its thread is
 * ended and another one takes its place.
 */
export class PdfiumPool {
  private readonly threads = new Set<PdfiumThread>();
  private readonly queue: Waiting[] = [];
  private compiled: Promise<WebAssembly.Module> | undefined;
  private closed = false;
  private readonly settings: Required<PdfiumPoolOptions>;

  constructor(options: PdfiumPoolOptions) {
    this.settings = { recycleAfter: 500, recycleBytes: 512 * MEGABYTE, mostBytes: 1536 * MEGABYTE, abortGrace: 1000, ...options };
  }

  /**
   * Has one of the threads do it.
   * @throws the signal's reason as soon as it is aborted
   * @throws OcrError the documented errors of the operation; render_crashed when PDFium broke down, merge_failed when the thread did while it wrote pages
   */
  async run<R extends PdfiumRequest>(request: R, signal?: AbortSignal): Promise<PdfiumAnswers[R['op']]> {
    signal?.throwIfAborted();
    if (this.closed) throw closedError();
    const compiled = await this.compileOnce();
    signal?.throwIfAborted();
    if (this.closed) throw closedError();
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { request, signal, resolve: resolve as (value: unknown) => void, reject };
      if (signal !== undefined) {
        waiting.onAbort = () => {
          const place = this.queue.indexOf(waiting);
          if (place >= 0) this.queue.splice(place, 1);
          reject(signal.reason);
        };
        signal.addEventListener('abort', waiting.onAbort, { once: true });
      }
      this.queue.push(waiting);
      this.dispatch(compiled);
    });
  }

  /** Gets a thread ready ahead of the first request, which else waits half a second for it. What goes wrong that request will tell. */
  async warmUp(): Promise<void> {
    try {
      const compiled = await this.compileOnce();
      if (!this.closed && this.threads.size === 0) this.addThread(compiled);
    } catch {
      // The first request meets it, too.
    }
  }

  /** Ends the threads. What still waits or runs is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    for (const waiting of this.queue.splice(0)) settle(waiting).reject(closedError());
    await Promise.all([...this.threads].map((thread) => thread.end()));
    this.threads.clear();
  }

  private dispatch(compiled: WebAssembly.Module): void {
    while (this.queue.length > 0 && !this.closed) {
      const thread = this.freeThread(this.queue[0].request, compiled);
      if (thread === undefined) return;
      const waiting = this.queue.shift();
      if (waiting !== undefined) void this.perform(thread, waiting, compiled);
    }
  }

  /** An idle thread, best one that has the document open already; a new one while there is room. */
  private freeThread(request: PdfiumRequest, compiled: WebAssembly.Module): PdfiumThread | undefined {
    for (const thread of this.threads) if (thread.ended) this.threads.delete(thread);
    const idle = [...this.threads].filter((thread) => !thread.busy);
    const used = request.op !== 'export' && idle.find((thread) => thread.lastPath === request.pdf.path);
    if (used) return used;
    return this.threads.size < this.settings.size && idle.length === 0 ? this.addThread(compiled) : idle[0];
  }

  /** Tried again by the next who asks when it failed. */
  private compileOnce(): Promise<WebAssembly.Module> {
    this.compiled ??= compile().catch((error: unknown) => {
      this.compiled = undefined;
      throw error;
    });
    return this.compiled;
  }

  private addThread(compiled: WebAssembly.Module): PdfiumThread {
    const thread = new PdfiumThread({ compiled, limits: this.settings.limits, mostBytes: this.settings.mostBytes });
    this.threads.add(thread);
    return thread;
  }

  private async perform(thread: PdfiumThread, waiting: Waiting, compiled: WebAssembly.Module): Promise<void> {
    const { signal, request } = waiting;
    thread.busy = true;
    let grace: NodeJS.Timeout | undefined;
    const onAbort = () => {
      grace = setTimeout(() => void this.drop(thread), this.settings.abortGrace);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const reply = await thread.send(request);
      if (mustGo(thread, reply, this.settings)) await this.drop(thread);
      if (reply.ok) settle(waiting).resolve(reply.value);
      else settle(waiting).reject(errorOf(reply));
    } catch (error) {
      await this.drop(thread);
      const page = 'page' in request ? request.page : undefined;
      settle(waiting).reject(this.closed ? closedError() : new OcrError(crashCode(request), { page, cause: error }));
    } finally {
      thread.busy = false;
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
      this.dispatch(compiled);
    }
  }

  private async drop(thread: PdfiumThread): Promise<void> {
    this.threads.delete(thread);
    await thread.end();
  }
}

function mustGo(thread: PdfiumThread, reply: PdfiumReply, settings: Required<PdfiumPoolOptions>): boolean {
  if (!reply.ok && reply.fatal) return true;
  return thread.served >= settings.recycleAfter || reply.memoryBytes > settings.recycleBytes;
}

function errorOf({ code, detail, page, cause }: Extract<PdfiumReply, { ok: false }>): OcrError {
  return new OcrError(code, { detail, page, cause });
}

function crashCode({ op }: PdfiumRequest): ErrorCode {
  return op === 'export' ? 'merge_failed' : 'render_crashed';
}

function settle(waiting: Waiting): Waiting {
  if (waiting.onAbort !== undefined) waiting.signal?.removeEventListener('abort', waiting.onAbort);
  return waiting;
}

function closedError(): OcrError {
  return new OcrError('service_unavailable', { detail: 'The document service has been closed' });
}

async function compile(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('@hyzyla/pdfium/pdfium.wasm');
  return WebAssembly.compile(await readFile(path));
}
