import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { OcrError } from '../../errors/ocr-error.js';

const PIECE_BYTES = 256 * 1024;

/** Bytes read by their place: a file or a part of one already in memory. */
export interface Source {
  readonly size: number;
  /** Exactly these bytes. @throws OcrError damaged_document when they lie beyond the end */
  read(offset: number, length: number): Buffer;
}

/** An image file, read piece by piece. */
export class FileSource implements Source {
  readonly size: number;
  private readonly fd: number;

  /** @throws OcrError document_not_found */
  constructor(path: string) {
    try {
      this.fd = openSync(path, 'r');
    } catch (error) {
      throw new OcrError('document_not_found', { cause: error });
    }
    this.size = fstatSync(this.fd).size;
  }

  read(offset: number, length: number): Buffer {
    checkRange(this.size, offset, length);
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const got = readSync(this.fd, buffer, done, length - done, offset + done);
      if (got === 0) throw damaged('The image ends too early');
      done += got;
    }
    return buffer;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Bytes already in memory, such as an EXIF block. */
export class MemorySource implements Source {
  constructor(private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Buffer {
    checkRange(this.size, offset, length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + offset, length);
  }
}

/** The bytes in pieces of moderate size. */
export function* piecesOf(source: Source, offset: number, length: number): Generator<Buffer> {
  for (let done = 0; done < length; done += PIECE_BYTES) {
    yield source.read(offset + done, Math.min(PIECE_BYTES, length - done));
  }
}

/** The error of an image that is not what its header promises. */
export function damaged(detail: string): OcrError {
  return new OcrError('damaged_document', { detail });
}

/** The error of an image in a form nothing here reads. */
export function unsupported(detail: string): OcrError {
  return new OcrError('unsupported_document', { detail });
}

/**
 * Refuses an image by the size its header tells, before anything is decoded.
 * @throws OcrError damaged_document, page_too_large
 */
export function checkPixels(width: number, height: number, maxPixels: number, page = 1): void {
  if (!(width > 0 && height > 0)) throw damaged('The image has no pixels');
  if (width * height > maxPixels) {
    throw new OcrError('page_too_large', {
      page,
      detail: `The image has ${width} x ${height} pixels; ${maxPixels} pixels are allowed`,
    });
  }
}

function checkRange(size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) throw damaged('The image ends too early');
}
