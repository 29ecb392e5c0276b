import { open, type FileHandle } from 'node:fs/promises';
import { SliceParser, type ParsedObject } from './slice-parser.js';
import { UnreadablePdf } from './unreadable-pdf.js';

const FIRST_WINDOW = 4096;
const LARGEST_WINDOW = 64 * 1024 * 1024;
/** A parse that ends this close to its window's end may have been cut short (a number, a name). */
const MARGIN = 32;

/** Reads parts of a file, and objects out of them, without ever holding more than the part asked for. */
export class PdfBytes {
  private constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  static async open(path: string): Promise<PdfBytes> {
    const handle = await open(path, 'r');
    return new PdfBytes(handle, (await handle.stat()).size);
  }

  /** The bytes at `offset`; fewer than `length` only at the end of the file. */
  async read(offset: number, length: number): Promise<Buffer> {
    const available = Math.max(0, Math.min(length, this.size - offset));
    const buffer = Buffer.alloc(available);
    let filled = 0;
    while (filled < available) {
      const { bytesRead } = await this.handle.read(buffer, filled, available - filled, offset + filled);
      if (bytesRead === 0) throw new UnreadablePdf('The file became shorter while it was read');
      filled += bytesRead;
    }
    return buffer;
  }

  /** Parses what stands at `offset`, with a window that grows until the parser is content. */
  async parse<T>(offset: number, parser: (slice: Uint8Array) => { value: T; end: number }): Promise<T> {
    for (let window = FIRST_WINDOW; ; window *= 4) {
      const slice = await this.read(offset, window);
      const isWhole = slice.length < window || window >= LARGEST_WINDOW;
      try {
        const { value, end } = parser(slice);
        if (isWhole || end + MARGIN <= slice.length) return value;
      } catch (error) {
        if (isWhole) throw new UnreadablePdf('An object cannot be read', { cause: error });
      }
    }
  }

  /** The indirect object at `offset`; its `streamStart` counts from the file's start. */
  async objectAt(offset: number): Promise<ParsedObject> {
    const parsed = await this.parse(offset, (slice) => {
      const value = new SliceParser(slice).indirectObject();
      return { value, end: value.end };
    });
    return { ...parsed, streamStart: parsed.streamStart === null ? null : offset + parsed.streamStart };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
