import { PDFDict, PDFName, PDFNull, PDFNumber, PDFRef, type PDFObject } from 'pdf-lib';
import { leavesPagesClear } from './crypt-filters.js';
import { PdfBytes } from './pdf-bytes.js';
import { SliceParser } from './slice-parser.js';
import { decodeStream } from './stream-filters.js';
import { UnreadablePdf } from './unreadable-pdf.js';
import { readXref, type Xref } from './xref-reader.js';

/** Unpacked object streams kept at hand. Pages of one region mostly share a few of them. */
const OBJECT_STREAMS_KEPT = 8;
const MAX_REFERENCE_CHAIN = 32;
/** Bytes behind a stream's data within which its end is told: the word, and some white space before it. */
const STREAM_END_WITHIN = 32;

interface ObjectStream {
  bytes: Uint8Array;
  /** Object number and offset within `bytes`, in the stream's order. */
  objects: { number: number; offset: number }[];
}

/** An object as it lies in the file. */
export interface StoredObject {
  /** A stream's dictionary when it is one. */
  object: PDFObject | undefined;
  /** A stream's data, as it is stored. */
  packed: { start: number; length: number } | null;
}

/**
 * Random access to a PDF's objects. Holds the cross-reference (13 bytes an object) and a few object streams, never the file.
 * Every method throws UnreadablePdf for a damaged file, and for an encrypted one, unless that leaves all but single streams in the clear.
 */
export class PdfSource {
  private readonly objectStreams = new Map<number, ObjectStream>();

  private constructor(
    readonly bytes: PdfBytes,
    readonly xref: Xref,
  ) {}

  static async open(path: string): Promise<PdfSource> {
    const bytes = await PdfBytes.open(path);
    try {
      const header = (await bytes.read(0, 5)).toString('latin1');
      // offsets count from the header: with something before it nothing appended would be found
      if (header !== '%PDF-') throw new UnreadablePdf('The file does not start with its header');
      const xref = await readXref(bytes);
      const source = new PdfSource(bytes, xref);
      if (source.isEncrypted && !(await source.hasClearPages())) throw new UnreadablePdf('The file is encrypted');
      return source;
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  /** True when single streams are enciphered, attachments mostly: what is made of the file must keep its /Encrypt. */
  get isEncrypted(): boolean {
    return this.xref.trailer.has(PDFName.of('Encrypt'));
  }

  /** The first object number that is free for new objects. */
  get nextObjectNumber(): number {
    const size = this.xref.trailer.get(PDFName.of('Size'));
    return Math.max(this.xref.table.highestNumber + 1, size instanceof PDFNumber ? size.asNumber() : 0);
  }

  /** The object itself when it is direct, else what it refers to. A reference to nothing is null, as the standard says. */
  async resolve(object: PDFObject | undefined): Promise<PDFObject | undefined> {
    let current = object;
    for (let i = 0; current instanceof PDFRef; i++) {
      if (i === MAX_REFERENCE_CHAIN) throw new UnreadablePdf('References go in a circle');
      current = await this.load(current);
    }
    return current === PDFNull ? undefined : current;
  }

  /** The dictionary `object` is or refers to (a stream gives its dictionary), or null. */
  async dict(object: PDFObject | undefined): Promise<PDFDict | null> {
    const resolved = await this.resolve(object);
    return resolved instanceof PDFDict ? resolved : null;
  }

  /** A stream's dictionary and unpacked data. */
  async stream(ref: PDFRef): Promise<{ dict: PDFDict; data: Uint8Array }> {
    const { object: dict, packed } = await this.object(ref);
    if (!(dict instanceof PDFDict) || !packed) throw new UnreadablePdf('There is no stream where one should be');
    return { dict, data: decodeStream(await this.directFilters(dict), await this.bytes.read(packed.start, packed.length)) };
  }

  /** The object a reference means, and where its data lies, still filtered, when it is a stream. Undefined when there is none. */
  async object(ref: PDFRef): Promise<StoredObject> {
    const entry = this.xref.table.get(ref.objectNumber);
    if (entry?.kind !== 'offset') return { object: await this.load(ref), packed: null };
    const { object, streamStart, number } = await this.bytes.objectAt(entry.offset);
    if (number !== ref.objectNumber) throw new UnreadablePdf('The cross-reference points at another object');
    if (streamStart === null || !(object instanceof PDFDict)) return { object, packed: null };
    const length = await this.resolve(object.get(PDFName.of('Length')));
    if (!(length instanceof PDFNumber)) throw new UnreadablePdf('A stream has no length');
    const packed = { start: streamStart, length: length.asNumber() };
    await this.requireEnd(packed);
    return { object, packed };
  }

  /** A stream's dictionary with its filters as direct objects. */
  async directFilters(dict: PDFDict): Promise<PDFDict> {
    const direct = PDFDict.fromMapWithContext(new Map(dict.asMap()), dict.context);
    for (const key of ['Filter', 'DecodeParms']) {
      const value = await this.resolve(dict.get(PDFName.of(key)));
      if (value) direct.set(PDFName.of(key), value);
    }
    return direct;
  }

  async close(): Promise<void> {
    await this.bytes.close();
  }

  private async hasClearPages(): Promise<boolean> {
    const encrypt = await this.dict(this.xref.trailer.get(PDFName.of('Encrypt')));
    return encrypt !== null && leavesPagesClear(encrypt);
  }

  /** Readers go by where a stream ends when it is not as long as it says: what they then show would be cut short here. */
  private async requireEnd({ start, length }: { start: number; length: number }): Promise<void> {
    const behind = length < 0 ? '' : (await this.bytes.read(start + length, STREAM_END_WITHIN)).toString('latin1');
    if (!/^\s*endstream/.test(behind)) throw new UnreadablePdf('A stream is not as long as it says');
  }

  private async load(ref: PDFRef): Promise<PDFObject | undefined> {
    const entry = this.xref.table.get(ref.objectNumber);
    if (!entry) return undefined;
    if (entry.kind === 'packed') return this.loadPacked(ref.objectNumber, entry.stream, entry.index);
    const { object, number } = await this.bytes.objectAt(entry.offset);
    if (number !== ref.objectNumber) throw new UnreadablePdf('The cross-reference points at another object');
    return object;
  }

  private async loadPacked(number: number, streamNumber: number, index: number): Promise<PDFObject> {
    const stream = await this.objectStream(streamNumber);
    const place = stream.objects[index];
    if (place?.number !== number) throw new UnreadablePdf('An object is missing in its object stream');
    try {
      return new SliceParser(stream.bytes, place.offset).parseObject();
    } catch (error) {
      throw new UnreadablePdf('An object cannot be read', { cause: error });
    }
  }

  private async objectStream(number: number): Promise<ObjectStream> {
    const kept = this.objectStreams.get(number);
    this.objectStreams.delete(number);
    const stream = kept ?? (await this.readObjectStream(number));
    this.objectStreams.set(number, stream);
    for (const oldest of this.objectStreams.keys()) {
      if (this.objectStreams.size <= OBJECT_STREAMS_KEPT) break;
      this.objectStreams.delete(oldest);
    }
    return stream;
  }

  private async readObjectStream(number: number): Promise<ObjectStream> {
    const { dict, data } = await this.stream(PDFRef.of(number));
    const count = await this.resolve(dict.get(PDFName.of('N')));
    const first = await this.resolve(dict.get(PDFName.of('First')));
    if (!(count instanceof PDFNumber) || !(first instanceof PDFNumber) || count.asNumber() > data.length)
      throw new UnreadablePdf('An object stream is not well formed');
    try {
      const head = new SliceParser(data).integers(count.asNumber() * 2);
      const objects = Array.from({ length: count.asNumber() }, (_, i) => ({
        number: head[i * 2] ?? -1,
        offset: first.asNumber() + (head[i * 2 + 1] ?? 0),
      }));
      return { bytes: data, objects };
    } catch (error) {
      throw new UnreadablePdf('An object stream is not well formed', { cause: error });
    }
  }
}
