import type { Worker } from 'node:worker_threads';
import { spawnWorker } from '../../threads/spawn-worker.js';
import { isFailedPage } from '../exporters/exporter.js';
import type { PdfiumReply, PdfiumRequest, PdfiumWorkerData } from './protocol.js';

/** One worker thread that runs PDFium and takes one request at a time, also to write finished pages in other formats. */
export class PdfiumThread {
  private readonly worker: Worker;
  private pending: { resolve(reply: PdfiumReply): void; reject(error: unknown): void } | undefined;
  /** Held by a request. Its holder lets go of it: between the answer and what follows from it nobody else may take it. */
  busy = false;
  /** Requests taken so far that PDFium had to do with. */
  served = 0;
  /** True once the thread is gone. */
  ended = false;
  /** Path of the document it worked on last. */
  lastPath: string | undefined;

  constructor(data: PdfiumWorkerData) {
    this.worker = spawnWorker(import.meta.url, './pdfium.worker', { workerData: data });
    // An idle thread keeps no process alive.
    this.worker.unref();
    this.worker.on('message', (reply: PdfiumReply) => {
      const pending = this.pending;
      this.pending = undefined;
      this.worker.unref();
      pending?.resolve(reply);
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (code) => this.fail(new Error(`The PDFium thread ended with code ${code}`)));
  }

  /** Rejects when the thread ends before it has answered. */
  send(request: PdfiumRequest): Promise<PdfiumReply> {
    if (this.ended) return Promise.reject(new Error('The PDFium thread has ended'));
    if (request.op !== 'export') {
      this.served++;
      this.lastPath = request.pdf.path;
    }
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.worker.postMessage(request, buffersOf(request));
    });
  }

  /** Ends the thread, in the middle of its work if need be. */
  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(error: unknown): void {
    this.ended = true;
    const pending = this.pending;
    this.pending = undefined;
    pending?.reject(error);
  }
}

/** What is handed over, not copied: files read for the request, as long as nothing else lies in their memory. */
function buffersOf(request: PdfiumRequest): ArrayBuffer[] {
  if (request.op !== 'export') return [];
  const files = request.order.pages.flatMap((stored) => (isFailedPage(stored) ? [] : stored.json));
  const own = files.filter(({ buffer, byteLength }) => buffer instanceof ArrayBuffer && buffer.byteLength === byteLength);
  return [...new Set(own.map(({ buffer }) => buffer as ArrayBuffer))];
}
