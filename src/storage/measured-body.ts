import { createHash, type Hash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { OcrError } from '../errors/ocr-error.js';

export interface BodyLimits {
  signal?: AbortSignal;
  /** More bytes than this are `document_too_large`. */
  maxBytes?: number;
}

/**
 * A body on its way into the store: hands its bytes on once, counting and hashing them. Stops with `document_too_large` at the
 * first chunk over the limit, and with the signal's reason when aborted, even while the source is silent. Errors of the source
 * pass through unchanged: they are not the store's.
 */
export class MeasuredBody implements AsyncIterable<Uint8Array> {
  size = 0;
  private readonly hash: Hash = createHash('sha256');

  constructor(
    private readonly source: Readable | Uint8Array,
    private readonly limits: BodyLimits = {},
  ) {
    // The iteration tells of errors of the source. One that comes after the body was discarded would end the process unheard.
    if (source instanceof Readable) source.on('error', () => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { signal, maxBytes = Infinity } = this.limits;
    signal?.throwIfAborted();
    if (signal !== undefined && this.source instanceof Readable) addAbortSignal(signal, this.source);
    try {
      for await (const chunk of this.source instanceof Readable ? this.source : [this.source]) {
        const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        this.size += bytes.byteLength;
        if (this.size > maxBytes) throw tooLarge(maxBytes);
        this.hash.update(bytes);
        yield bytes;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** The hex SHA-256 of everything handed on. To be asked once, at the end. */
  digest(): string {
    return this.hash.digest('hex');
  }

  /** Lets go of the source when its bytes are not wanted any more. */
  discard(): void {
    if (this.source instanceof Readable) this.source.destroy();
  }
}

/** The error for a document of more than `maxBytes`. */
export function tooLarge(maxBytes: number): OcrError {
  return new OcrError('document_too_large', { detail: `The document is larger than the ${maxBytes} bytes allowed` });
}
