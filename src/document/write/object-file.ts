import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { PDFContext, PDFDict, type PDFObject, type PDFRef } from 'pdf-lib';
import { serialize } from './serialize.js';

const compress = promisify(deflate);
const FLUSH_AT_BYTES = 256 * 1024;
/** Readers unpack an object stream as a whole. */
const OBJECTS_A_STREAM = 200;

/** Values of a dictionary, by key without its slash. */
export type DictEntries = Readonly<Record<string, PDFObject | number | string>>;

/** Where an object was written: at an offset of the file, or as the n-th of an object stream. */
type Place = { offset: number; generation: number } | { stream: number; index: number };

/** A run of consecutive objects. */
type Section = { number: number; place: Place }[];

/** Writes PDF objects one after the other and keeps where they are, then the cross-reference over them. Holds a few bytes an object. */
export class ObjectFile {
  readonly context = PDFContext.create();
  private readonly written = new Map<number, Place>();
  private readonly digest = createHash('md5');
  private packed: { number: number; text: string }[] = [];
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

  /**
   * Writes the object with others into an object stream (ISO 32000-1 §7.5.7), which takes a fifth of the bytes. No stream can be written so, nor
   * an object of another generation than 0.
   * @param reserve gives the number of the object stream
   */
  async packObject(ref: PDFRef, object: PDFObject, reserve: () => PDFRef): Promise<void> {
    this.packed.push({ number: ref.objectNumber, text: serialize(object) });
    if (this.packed.length === OBJECTS_A_STREAM) await this.flushPacked(reserve);
  }

  /** Writes the object stream of what waits for one. */
  async flushPacked(reserve: () => PDFRef): Promise<void> {
    if (this.packed.length === 0) return;
    const ref = reserve();
    let offset = 0;
    const head: number[] = [];
    for (const [index, { number, text }] of this.packed.entries()) {
      head.push(number, offset);
      offset += text.length + 1;
      this.written.set(number, { stream: ref.objectNumber, index });
    }
    const first = `${head.join(' ')}\n`;
    const body = Buffer.from(`${first}${this.packed.map(({ text }) => text).join('\n')}\n`, 'latin1');
    await this.writeStream(ref, body, { Type: 'ObjStm', N: this.packed.length, First: first.length });
    this.packed = [];
  }

  /** A dictionary of `entries`: strings become names, numbers numbers. */
  dict(entries: DictEntries): PDFDict {
    return this.context.obj({ ...entries });
  }

  /** Of all that was written, as the second part of an ID (ISO 32000-1 §14.4). Ask once. */
  hash(): string {
    return this.digest.digest('hex');
  }

  /**
   * Writes the cross-reference as a table, the trailer, and the end of the file. Objects in object streams are told by a stream beside the table, as
   * in a hybrid-reference file (ISO 32000-1 §7.5.8.4).
   * @param hidden where that stream is written
   */
  async writeTable(trailer: DictEntries, hidden?: PDFRef): Promise<void> {
    const beside: DictEntries = hidden ? { XRefStm: this.at } : {};
    if (hidden) {
      this.written.set(hidden.objectNumber, { offset: this.at, generation: 0 });
      const packed = this.sections((place) => 'stream' in place);
      await this.writeXrefObject(hidden, { Size: trailer['Size'] ?? 0 }, packed);
    }
    const start = this.at;
    await this.append('xref\n');
    for (const section of this.sections((place) => 'offset' in place)) {
      await this.append(`${section[0]?.number} ${section.length}\n`);
      for (const { number, place } of section) {
        if (number === 0) await this.append('0000000000 65535 f \n');
        else if ('offset' in place)
          await this.append(`${String(place.offset).padStart(10, '0')} ${String(place.generation).padStart(5, '0')} n \n`);
      }
    }
    await this.append(`trailer\n${serialize(this.dict({ ...trailer, ...beside }))}\nstartxref\n${start}\n%%EOF\n`);
  }

  /** Writes the cross-reference as a stream, which holds the trailer's entries too, and the end of the file. */
  async writeXrefStream(ref: PDFRef, trailer: DictEntries): Promise<void> {
    const start = this.at;
    this.written.set(ref.objectNumber, { offset: start, generation: 0 });
    await this.writeXrefObject(ref, trailer, this.sections());
    await this.append(`startxref\n${start}\n%%EOF\n`);
  }

  private async writeXrefObject(ref: PDFRef, entries: DictEntries, sections: Section[]): Promise<void> {
    const data: number[] = [];
    const index: number[] = [];
    for (const section of sections) {
      index.push(section[0]?.number ?? 0, section.length);
      for (const { number, place } of section) {
        if (number === 0) data.push(0, ...bytesOf(0, 6), 0xff, 0xff);
        else if ('offset' in place) data.push(1, ...bytesOf(place.offset, 6), ...bytesOf(place.generation, 2));
        else data.push(2, ...bytesOf(place.stream, 6), ...bytesOf(place.index, 2));
      }
    }
    const body = await this.streamBody(Uint8Array.from(data), {
      ...entries,
      Type: 'XRef',
      W: this.context.obj([1, 6, 2]),
      Index: this.context.obj(index),
    });
    await this.append(`${ref.objectNumber} 0 obj\n`);
    await this.append(body);
    await this.append('\nendobj\n');
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

  /** The written objects, or those of them in such places, in runs of consecutive numbers. */
  private sections(choose: (place: Place) => boolean = () => true): Section[] {
    const sections: Section[] = [];
    const chosen = [...this.written].filter(([, place]) => choose(place));
    for (const [number, place] of chosen.sort(([a], [b]) => a - b)) {
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
