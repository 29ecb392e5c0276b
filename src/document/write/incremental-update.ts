import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { PDFArray, PDFContext, PDFDict, PDFHexString, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import type { PdfSource } from './pdf-source.js';
import { serialize } from './serialize.js';

const compress = promisify(deflate);
const FLUSH_AT_BYTES = 256 * 1024;

/** Keys of the older trailer that an update carries on (ISO 32000-1 §7.5.6); the others belong to one section only. */
const TRAILER_KEYS = ['Root', 'Info', 'ID'];

/** Values of a dictionary, by key without its slash. */
export type DictEntries = Readonly<Record<string, PDFObject | number | string>>;

/**
 * Appends an incremental update (ISO 32000-1 §7.5.6) to a copy of `source`: new and changed objects, their cross-reference in the
 * form the source has, a trailer. What the file held before stays byte for byte. Writes as it goes; holds 12 bytes an object.
 */
export class IncrementalUpdate {
  readonly context = PDFContext.create();
  private readonly written = new Map<number, { offset: number; generation: number }>();
  private readonly digest = createHash('md5');
  private chunks: Buffer[] = [];
  private buffered = 0;
  private nextNumber: number;

  private constructor(
    private readonly source: PdfSource,
    private readonly handle: FileHandle,
    private position: number,
  ) {
    this.nextNumber = source.nextObjectNumber;
  }

  /** @param path a byte-for-byte copy of the source */
  static async open(source: PdfSource, path: string): Promise<IncrementalUpdate> {
    const update = new IncrementalUpdate(source, await open(path, 'r+'), source.bytes.size);
    // an object must not stand on the line of the older %%EOF
    await update.append('\n');
    return update;
  }

  /** A reference for an object that is written later. */
  reserve(): PDFRef {
    return PDFRef.of(this.nextNumber++);
  }

  async writeObject(ref: PDFRef, object: PDFObject): Promise<void> {
    await this.writeRaw(ref, Buffer.from(serialize(object), 'latin1'));
  }

  /** Writes a Flate stream; /Length and /Filter are added to `entries`. */
  async writeStream(ref: PDFRef, data: Uint8Array, entries: DictEntries = {}): Promise<void> {
    await this.writeRaw(ref, await this.streamBody(data, entries));
  }

  /** A dictionary of `entries`: strings become names, numbers numbers. */
  dict(entries: DictEntries): PDFDict {
    return this.context.obj({ ...entries });
  }

  /** Writes the cross-reference and the trailer and closes the file. Gives its size in bytes. */
  async finish(): Promise<number> {
    const trailer = this.trailer();
    if (this.source.xref.form === 'table') await this.writeTable(trailer);
    else await this.writeXrefStream(trailer);
    await this.flush();
    await this.handle.close();
    return this.position;
  }

  /** Makes the file the plain copy it was, and closes it. Gives its size in bytes. */
  async takeBack(): Promise<number> {
    await this.handle.truncate(this.source.bytes.size);
    await this.handle.close();
    return this.source.bytes.size;
  }

  /** Closes the file as it is, unfinished. */
  async abandon(): Promise<void> {
    await this.handle.close();
  }

  private async writeRaw(ref: PDFRef, body: Buffer): Promise<void> {
    this.written.set(ref.objectNumber, { offset: this.position, generation: ref.generationNumber });
    this.digest.update(body);
    await this.append(`${ref.objectNumber} ${ref.generationNumber} obj\n`);
    await this.append(body);
    await this.append('\nendobj\n');
  }

  private async streamBody(data: Uint8Array, entries: DictEntries): Promise<Buffer> {
    const packed = await compress(data, { level: 9 });
    const dict = this.dict({ ...entries, Filter: 'FlateDecode', Length: packed.length });
    return Buffer.concat([Buffer.from(`${serialize(dict)}\nstream\n`, 'latin1'), packed, Buffer.from('\nendstream')]);
  }

  private trailer(): DictEntries {
    const entries: Record<string, PDFObject | number> = { Prev: this.source.xref.start };
    for (const key of TRAILER_KEYS) {
      const value = this.source.xref.trailer.get(PDFName.of(key));
      if (value) entries[key] = value;
    }
    // the first part of the ID stays with the document, the second says which version this is (§14.4)
    const id = entries['ID'];
    if (id instanceof PDFArray && id.size() === 2)
      entries['ID'] = this.context.obj([id.get(0), PDFHexString.of(this.digest.digest('hex'))]);
    return entries;
  }

  private async writeTable(trailer: DictEntries): Promise<void> {
    const start = this.position;
    await this.append('xref\n');
    for (const section of this.sections()) {
      await this.append(`${section[0]?.number} ${section.length}\n`);
      for (const { offset, generation } of section)
        await this.append(`${String(offset).padStart(10, '0')} ${String(generation).padStart(5, '0')} n \n`);
    }
    const dict = this.dict({ ...trailer, Size: this.nextNumber });
    await this.append(`trailer\n${serialize(dict)}\nstartxref\n${start}\n%%EOF\n`);
  }

  private async writeXrefStream(trailer: DictEntries): Promise<void> {
    const ref = this.reserve();
    const start = this.position;
    this.written.set(ref.objectNumber, { offset: start, generation: 0 });
    const entries: number[] = [];
    const index: number[] = [];
    for (const section of this.sections()) {
      index.push(section[0]?.number ?? 0, section.length);
      for (const { offset, generation } of section) entries.push(1, ...bytesOf(offset, 6), ...bytesOf(generation, 2));
    }
    const body = await this.streamBody(Uint8Array.from(entries), {
      ...trailer,
      Type: 'XRef',
      Size: this.nextNumber,
      W: this.context.obj([1, 6, 2]),
      Index: this.context.obj(index),
    });
    await this.append(`${ref.objectNumber} 0 obj\n`);
    await this.append(body);
    await this.append(`\nendobj\nstartxref\n${start}\n%%EOF\n`);
  }

  /** The written objects in runs of consecutive numbers. */
  private sections(): { number: number; offset: number; generation: number }[][] {
    const sections: { number: number; offset: number; generation: number }[][] = [];
    for (const number of [...this.written.keys()].sort((a, b) => a - b)) {
      const entry = { number, ...(this.written.get(number) ?? { offset: 0, generation: 0 }) };
      const last = sections.at(-1);
      if (last && last.at(-1)?.number === number - 1) last.push(entry);
      else sections.push([entry]);
    }
    return sections;
  }

  private async append(data: string | Buffer): Promise<void> {
    const chunk = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    this.chunks.push(chunk);
    this.position += chunk.length;
    this.buffered += chunk.length;
    if (this.buffered >= FLUSH_AT_BYTES) await this.flush();
  }

  private async flush(): Promise<void> {
    const data = Buffer.concat(this.chunks);
    const start = this.position - data.length;
    this.chunks = [];
    this.buffered = 0;
    for (let done = 0; done < data.length;)
      done += (await this.handle.write(data, done, data.length - done, start + done)).bytesWritten;
  }
}

function bytesOf(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) % 256);
}
