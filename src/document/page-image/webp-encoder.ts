import type { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { OcrError } from '../../errors/ocr-error.js';
import { spawnWorker } from '../../threads/spawn-worker.js';
import type { ColourImage } from '../pdfium/draw.js';
import type { WebpReply, WebpRequest } from './webp.worker.js';

interface Pending {
  resolve(webp: Uint8Array): void;
  reject(error: unknown): void;
}

/** Makes WebP pictures, in one thread of its own that is started when first needed. */
@Injectable()
export class WebpEncoder implements OnModuleDestroy {
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  private lastId = 0;

  /**
   * The picture as WebP. It is given away: its bytes move to the thread. Pictures given at the same time are made one after
   * the other.
   * @throws OcrError render_failed; render_crashed when the thread broke down
   */
  encode({ width, height, rgba }: ColourImage): Promise<Uint8Array> {
    const worker = (this.worker ??= this.start());
    const request: WebpRequest = { id: ++this.lastId, width, height, rgba };
    worker.ref();
    return new Promise((resolve, reject) => {
      this.pending.set(request.id, { resolve, reject });
      worker.postMessage(request, [rgba.buffer as ArrayBuffer]);
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = spawnWorker(import.meta.url, './webp.worker');
    const end = (cause: unknown) => {
      if (this.worker === worker) this.worker = undefined;
      for (const { reject } of this.pending.values()) reject(new OcrError('render_crashed', { cause }));
      this.pending.clear();
    };
    worker.on('message', (reply: WebpReply) => this.settle(reply, worker));
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`The WebP thread ended with code ${code}`)));
    return worker;
  }

  private settle(reply: WebpReply, worker: Worker): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    // An idle thread keeps no process alive.
    if (this.pending.size === 0) worker.unref();
    if ('webp' in reply) pending?.resolve(reply.webp);
    else
      pending?.reject(new OcrError('render_failed', { detail: 'The picture could not be made', cause: new Error(reply.error) }));
  }
}
