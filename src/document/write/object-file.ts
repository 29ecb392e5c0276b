import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { PDFContext, PDFDict, type PDFObject, type PDFRef } from 'pdf-lib';
import { serialize } from './serialize.js';

const compress = promisify(deflate);
const FLUSH_AT_BYTES = 256 * 1024;

/** Values of a dictionary, by key without its slash. */
export type DictEntries = Readonly<Record<string, PDFObject | number | string>>;

/** Where an object was written: at an offset of the file, or as the n-th of an object stream. */
type Place = { offset: number; generation: number } | { stream: number; index: number };

/** Writes PDF objects one after the other and keeps where they are, then the cross-reference over them. Holds a few bytes an object. */
export class ObjectFile {
  readonly context = PDFContext.create();
  private readonly written = new Map<number, Place>();
  private readonly digest = createHash('md5');
  private chunks: Buffer[] = [];
  private buffered = 0;

  private constructor(
    private readonly handle: FileHandle,
    private at: number,
  ) {}

  /** @param position where writing starts; what the file holds before stays */
  static async open(path: string, flags: 'r+' | 'w', position = 0): Promise<ObjectFile> {
    return new ObjectFile(await open(path, flags), position);
  }

  get position(): number {
    return this.at;
  }

  async writeObject(ref: PDFRef, object: PDFObject): Promise<void> {
    await this.writeRaw(ref, Buffer.from(serialize(object), 'latin1'));
  }

  /** Writes a Flate stream; /Length and /Filter are added to `entries`. */
  async writeStream(ref: PDFRef, data: Uint8Array, entries: DictEntries = {}): Promise<void> {
    await this.writeRaw(ref, await this.streamBody(data, entries));
  }

  /** Writes a stream whose data is taken as it comes, ready filtered; /Length must be in `dict`. */
  async writePacked(ref: PDFRef, dict: PDFDict, data: AsyncIterable<Buffer>): Promise<void> {
    this.note(ref);
    await this.append(`${ref.objectNumber} ${ref.generationNumber} obj\n${serialize(dict)}\nstream\n`);
    for await (const part of data) {
      this.digest.update(part);
      await this.append(part);
    }
    await this.append('\nendstream\nendobj\n');
  }

  /** Notes that an object lies in an object stream. */
  notePacked(number: number, stream: number, index: number): void {
    this.written.set(number, { stream, index });
  }

  /** A dictionary of `entries`: strings become names, numbers numbers. */
  dict(entries: DictEntries): PDFDict {
    return this.context.obj({ ...entries });
  }

  /** Of all that was written, as the second part of an ID (ISO 32000-1 §14.4). Ask once. */
  hash(): string {
    return this.digest.digest('hex');
  }

  /** Writes the cross-reference as a table, the trailer, and the end of the file. */
  async writeTable(trailer: DictEntries): Promise<void> {
    const start = this.at;
    await this.append('xref\n');
    for (const section of this.sections()) {
      await this.append(`${section[0]?.number} ${section.length}\n`);
      for (const { number, place } of section) {
        if (number === 0) await this.append('0000000000 65535 f \n');
        else if ('offset' in place)
          await this.append(`${String(place.offset).padStart(10, '0')} ${String(place.generation).padStart(5, '0')} n \n`);
      }
    }
    await this.append(`trailer\n${serialize(this.dict(trailer))}\nstartxref\n${start}\n%%EOF\n`);
  }

  /** Writes the cross-reference as a stream, which holds the trailer's entries too, and the end of the file. */
  async writeXrefStream(ref: PDFRef, trailer: DictEntries): Promise<void> {
    const start = this.at;
    this.written.set(ref.objectNumber, { offset: start, generation: 0 });
    const entries: number[] = [];
    const index: number[] = [];
    for (const section of this.sections()) {
      index.push(section[0]?.number ?? 0, section.length);
      for (const { number, place } of section) {
        if (number === 0) entries.push(0, ...bytesOf(0, 6), 0xff, 0xff);
        else if ('offset' in place) entries.push(1, ...bytesOf(place.offset, 6), ...bytesOf(place.generation, 2));
        else entries.push(2, ...bytesOf(place.stream, 6), ...bytesOf(place.index, 2));
      }
    }
    const body = await this.streamBody(Uint8Array.from(entries), {
      ...trailer,
      Type: 'XRef',
      W: this.context.obj([1, 6, 2]),
      Index: this.context.obj(index),
    });
    await this.append(`${ref.objectNumber} 0 obj\n`);
    await this.append(body);
    await this.append(`\nendobj\nstartxref\n${start}\n%%EOF\n`);
  }

  /** A new file's cross-reference begins with the head of the list of free objects. */
  noteFreeHead(): void {
    this.written.set(0, { offset: 0, generation: 65535 });
  }

  async append(data: string | Buffer): Promise<void> {
    const chunk = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    this.chunks.push(chunk);
    this.at += chunk.length;
    this.buffered += chunk.length;
    if (this.buffered >= FLUSH_AT_BYTES) await this.flush();
  }

  /** Writes what is left and closes the file. Gives its size in bytes. */
  async close(): Promise<number> {
    await this.flush();
    await this.handle.close();
    return this.at;
  }

  /** Closes the file as it is, or cut to `size`; nothing more is written. */
  async abandon(size?: number): Promise<void> {
    if (size !== undefined) await this.handle.truncate(size);
    await this.handle.close();
  }

  private async writeRaw(ref: PDFRef, body: Buffer): Promise<void> {
    this.note(ref);
    this.digest.update(body);
    await this.append(`${ref.objectNumber} ${ref.generationNumber} obj\n`);
    await this.append(body);
    await this.append('\nendobj\n');
  }

  private note(ref: PDFRef): void {
    this.written.set(ref.objectNumber, { offset: this.at, generation: ref.generationNumber });
  }

  private async streamBody(data: Uint8Array, entries: DictEntries): Promise<Buffer> {
    const packed = await compress(data, { level: 9 });
    const dict = this.dict({ ...entries, Filter: 'FlateDecode', Length: packed.length });
    return Buffer.concat([Buffer.from(`${serialize(dict)}\nstream\n`, 'latin1'), packed, Buffer.from('\nendstream')]);
  }

  /** The written objects in runs of consecutive numbers. */
  private sections(): { number: number; place: Place }[][] {
    const sections: { number: number; place: Place }[][] = [];
    for (const [number, place] of [...this.written].sort(([a], [b]) => a - b)) {
      const last = sections.at(-1);
      if (last && last.at(-1)?.number === number - 1) last.push({ number, place });
      else sections.push([{ number, place }]);
    }
    return sections;
  }

  private async flush(): Promise<void> {
    const data = Buffer.concat(this.chunks);
    const start = this.at - data.length;
    this.chunks = [];
    this.buffered = 0;
    for (let done = 0; done < data.length;)
      done += (await this.handle.write(data, done, data.length - done, start + done)).bytesWritten;
  }
}

function bytesOf(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) % 256);
}
