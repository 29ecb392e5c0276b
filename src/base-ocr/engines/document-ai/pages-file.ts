import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ImagePdfWriter } from '../../../document/images/pdf-writer.js';
import { OcrError } from '../../../errors/ocr-error.js';
import type { EncodedPage } from '../remote/page-image.js';

/** Resolution a page is said to have when nothing better is known. */
const USUAL_DPI = 200;
/** Bytes it is read by. */
const PIECE = 256 * 1024;

/**
 * A PDF of gray page images on this machine's disk, without loss, each page with its image's physical size. Written page by page, so that
 * memory holds one of them. Only this process can open it, as it has no name any more, and nothing is left of it however the process ends.
 * All methods throw OcrErrors: `storage_full`, `engine_failed`.
 */
export class PagesFile {
  private readonly writer: ImagePdfWriter;

  private constructor(private readonly handle: FileHandle) {
    this.writer = new ImagePdfWriter(handle.fd);
  }

  /** @param folder where it is, made when it is missing; what a crash in this very moment leaves there bears a UUID as its name, and is empty */
  static create(folder: string): Promise<PagesFile> {
    return onDisk(async () => {
      await mkdir(folder, { recursive: true });
      const name = join(folder, randomUUID());
      const handle = await open(name, 'wx+', 0o600);
      try {
        await rm(name);
        return new PagesFile(handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  add({ width, height, dpi, rows }: EncodedPage): Promise<void> {
    const perPixel = 72 / (Number.isFinite(dpi) && dpi > 0 ? dpi : USUAL_DPI);
    return onDisk(() =>
      this.writer.addPage({
        width,
        height,
        points: { width: width * perPixel, height: height * perPixel },
        orientation: 1,
        bitsPerComponent: 8,
        colourSpace: '/DeviceGray',
        filter: `/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns ${width} >>`,
        data: [rows],
      }),
    );
  }

  /** Completes it: no page can be added any more, and all can be read. */
  end(): Promise<void> {
    return onDisk(async () => this.writer.end());
  }

  /** Its size in bytes. */
  size(): Promise<number> {
    return onDisk(async () => (await this.handle.stat()).size);
  }

  /** All of it, in memory. */
  content(): Promise<Buffer> {
    return onDisk(async () => {
      const size = await this.size();
      const bytes = Buffer.alloc(size);
      for (let done = 0; done < size;) done += (await this.handle.read(bytes, done, size - done, done)).bytesRead;
      return bytes;
    });
  }

  /** All of it, piece by piece. */
  stream(): Readable {
    return Readable.from(this.pieces(), { objectMode: false });
  }

  /** A stream of Node's own would close the file with itself: it may be sent again. */
  private async *pieces(): AsyncGenerator<Buffer> {
    for (let position = 0; ;) {
      const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(PIECE), 0, PIECE, position);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  }

  /** Does away with it. */
  close(): Promise<void> {
    return this.handle.close();
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw OcrError.from(error, 'engine_failed', { detail: 'The pages could not be put together in a file on this machine.' });
  }
}
