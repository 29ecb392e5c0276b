import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { PDFArray, PDFDict, PDFHexString, PDFName, PDFNull, PDFNumber, PDFRef, PDFString, type PDFObject } from 'pdf-lib';
import { ObjectFile } from './object-file.js';
import type { PdfSource } from './pdf-source.js';
import { decodeStream } from './stream-filters.js';
import { UnreadablePdf } from './unreadable-pdf.js';

const compress = promisify(deflate);
const unpack = promisify(inflate);

const COPY_BYTES = 1024 * 1024;
/** Streams larger than this are copied as they are: packing them anew would hold them in memory. */
const MOST_TO_REPACK = 32 * 1024 * 1024;

export interface CopyOptions {
  readonly output: string;
  /** Objects in object streams, the cross-reference as a stream, Flate streams packed anew where that makes them smaller. */
  readonly compact?: boolean;
  /** What the header says; absent: 1.7. The catalog may still name a later one. */
  readonly version?: '1.7' | '2.0';
  /** Changes an object (a stream's dictionary) in place before it is written; what nothing refers to any more is left behind. */
  change?(object: PDFObject, ref: PDFRef): Promise<void>;
  /** Adds to the catalog, whose references are the new file's. The information dictionary it gives takes the place of the source's. */
  finish?(catalog: PDFDict, copy: PdfCopy): Promise<{ info: PDFRef | null }>;
  readonly signal?: AbortSignal;
}

/**
 * Writes the document anew: what can be reached from its catalog and its information dictionary, renumbered, in clean syntax, in one section.
 * Streams are copied as they are, but for LZW ones, which become Flate. Holds one object at a time. Gives the file's size in bytes.
 * @throws UnreadablePdf when the source is damaged, or holds enciphered streams; the signal's reason
 */
export async function copyPdf(source: PdfSource, options: CopyOptions): Promise<number> {
  // a new number takes an enciphered stream its key
  if (source.isEncrypted) throw new UnreadablePdf('The file is encrypted');
  const file = await ObjectFile.open(options.output, 'w');
  try {
    return await new PdfCopy(source, file, options).run();
  } catch (error) {
    await file.abandon().catch(() => undefined);
    throw error;
  }
}

/** One copy in the making. */
export class PdfCopy {
  /** New number by old number; objects are numbered as they are found. */
  private readonly numbers = new Map<number, number>();
  private readonly waiting: PDFRef[] = [];
  private nextNumber = 1;
  private info: PDFObject | null = null;

  constructor(
    private readonly source: PdfSource,
    readonly file: ObjectFile,
    private readonly options: CopyOptions,
  ) {}

  /** A reference, in the new file, for an object that is written besides. */
  readonly reserve = (): PDFRef => PDFRef.of(this.nextNumber++);

  async run(): Promise<number> {
    const { trailer } = this.source.xref;
    await this.file.append(`%PDF-${this.options.version ?? '1.7'}\n%\xe2\xe3\xcf\xd3\n`);
    this.file.noteFreeHead();
    const root = trailer.get(PDFName.of('Root'));
    if (!(root instanceof PDFRef)) throw new UnreadablePdf('The document has no catalog');
    const newRoot = this.renumber(root);
    const info = trailer.get(PDFName.of('Info'));
    if (info instanceof PDFRef && !this.options.finish) this.info = this.renumber(info);
    // copying an object finds the next ones
    for (const ref of this.waiting) {
      this.options.signal?.throwIfAborted();
      await this.copy(ref, ref === root);
    }
    await this.file.flushPacked(this.reserve);
    const ending = {
      Root: newRoot,
      ...(this.info ? { Info: this.info } : {}),
      ID: this.file.context.obj([this.firstId(), PDFHexString.of(this.file.hash())]),
    };
    if (this.options.compact) {
      const ref = this.reserve();
      await this.file.writeXrefStream(ref, { ...ending, Size: this.nextNumber });
    } else await this.file.writeTable({ ...ending, Size: this.nextNumber });
    return this.file.close();
  }

  private firstId(): PDFObject {
    const id = this.source.xref.trailer.get(PDFName.of('ID'));
    const first = id instanceof PDFArray ? id.get(0) : undefined;
    const usable = (first instanceof PDFHexString || first instanceof PDFString) && first.asBytes().length >= 16;
    return usable ? PDFHexString.of(Buffer.from(first.asBytes()).toString('hex')) : PDFHexString.of('00'.repeat(16));
  }

  private renumber(ref: PDFRef): PDFObject {
    const known = this.numbers.get(ref.objectNumber);
    if (known !== undefined) return PDFRef.of(known);
    if (!this.source.xref.table.get(ref.objectNumber)) return PDFNull;
    const number = this.nextNumber++;
    this.numbers.set(ref.objectNumber, number);
    this.waiting.push(ref);
    return PDFRef.of(number);
  }

  private async copy(ref: PDFRef, isRoot: boolean): Promise<void> {
    const number = this.numbers.get(ref.objectNumber) ?? 0;
    const { object, packed } = await this.source.object(ref);
    if (object === undefined) return this.writeObject(number, PDFNull);
    await this.options.change?.(object, ref);
    if (packed && object instanceof PDFDict) return this.copyStream(number, object, packed);
    const renumbered = this.renumbered(object);
    if (isRoot && renumbered instanceof PDFDict && this.options.finish) {
      this.info = (await this.options.finish(renumbered, this)).info;
    }
    await this.writeObject(number, renumbered);
  }

  private async copyStream(number: number, dict: PDFDict, { start, length }: { start: number; length: number }): Promise<void> {
    const direct = await this.source.directFilters(dict);
    const repacked = await this.repacked(direct, start, length);
    const copied = this.renumbered(direct) as PDFDict;
    const size = repacked?.length ?? Math.min(length, this.source.bytes.size - start);
    copied.set(PDFName.of('Length'), PDFNumber.of(size));
    await this.file.writePacked(PDFRef.of(number), copied, repacked ? once(repacked) : this.parts(start, length));
  }

  /** The stream's data in Flate, when it must be (LZW) or that is smaller; its dictionary is changed to match. */
  private async repacked(dict: PDFDict, start: number, length: number): Promise<Buffer | null> {
    const filters = filtersOf(dict);
    if (filters.includes('LZWDecode')) {
      const plain = decodeStream(dict, await this.source.bytes.read(start, length));
      dict.delete(PDFName.of('DecodeParms'));
      dict.set(PDFName.of('Filter'), PDFName.of('FlateDecode'));
      return compress(plain, { level: 9 });
    }
    const isFlate = filters.length === 1 && filters[0] === 'FlateDecode';
    if (!this.options.compact || length > MOST_TO_REPACK || !(isFlate || filters.length === 0)) return null;
    const data = await this.source.bytes.read(start, length);
    // a predictor's work stays: it is what makes an image small
    const plain = isFlate ? await inflated(data) : data;
    const body = plain && (await compress(plain, { level: 9, memLevel: 9 }));
    if (!body || body.length >= data.length) return null;
    dict.set(PDFName.of('Filter'), PDFName.of('FlateDecode'));
    return body;
  }

  private async *parts(start: number, length: number): AsyncGenerator<Buffer> {
    for (let done = 0; done < length; done += COPY_BYTES)
      yield await this.source.bytes.read(start + done, Math.min(COPY_BYTES, length - done));
  }

  /** The object with every reference in it, at any depth, made one of the new file. */
  private renumbered(object: PDFObject): PDFObject {
    if (object instanceof PDFRef) return this.renumber(object);
    if (object instanceof PDFDict) {
      for (const [key, value] of object.entries()) object.set(key, this.renumbered(value));
    } else if (object instanceof PDFArray) {
      object.asArray().forEach((item, i) => object.set(i, this.renumbered(item)));
    }
    return object;
  }

  private async writeObject(number: number, object: PDFObject): Promise<void> {
    if (this.options.compact) await this.file.packObject(PDFRef.of(number), object, this.reserve);
    else await this.file.writeObject(PDFRef.of(number), object);
  }
}

function filtersOf(dict: PDFDict): string[] {
  const filter = dict.get(PDFName.of('Filter'));
  const list = filter instanceof PDFArray ? filter.asArray() : filter ? [filter] : [];
  return list.map((name) => (name instanceof PDFName ? name.decodeText() : ''));
}

/** Null when it is damaged, or unpacks to more than is worth holding. */
async function inflated(data: Buffer): Promise<Buffer | null> {
  return unpack(data, { maxOutputLength: 8 * MOST_TO_REPACK }).catch(() => null);
}

async function* once(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}
