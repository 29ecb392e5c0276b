import { PDFArray, PDFHexString, PDFName, PDFRef, type PDFContext, type PDFDict, type PDFObject } from 'pdf-lib';
import { ObjectFile, type DictEntries } from './object-file.js';
import type { PdfSource } from './pdf-source.js';

/** Keys of the older trailer that an update carries on (ISO 32000-1 §7.5.6); the others belong to one section only. */
const TRAILER_KEYS = ['Root', 'Info', 'ID', 'Encrypt'];

/**
 * Appends an incremental update (ISO 32000-1 §7.5.6) to a copy of `source`: new and changed objects, their cross-reference in the
 * form the source has (a table with a stream beside it for what is in object streams), a trailer. What the file held before stays byte for byte. Writes as it goes.
 */
export class IncrementalUpdate {
  private nextNumber: number;

  private constructor(
    private readonly source: PdfSource,
    private readonly file: ObjectFile,
  ) {
    this.nextNumber = source.nextObjectNumber;
  }

  /** @param path a byte-for-byte copy of the source */
  static async open(source: PdfSource, path: string): Promise<IncrementalUpdate> {
    const update = new IncrementalUpdate(source, await ObjectFile.open(path, 'r+', source.bytes.size));
    // an object must not stand on the line of the older %%EOF
    await update.file.append('\n');
    return update;
  }

  get context(): PDFContext {
    return this.file.context;
  }

  /** A reference for an object that is written later. */
  reserve(): PDFRef {
    return this.newRef();
  }

  private readonly newRef = (): PDFRef => PDFRef.of(this.nextNumber++);

  async writeObject(ref: PDFRef, object: PDFObject): Promise<void> {
    if (ref.generationNumber === 0) await this.file.packObject(ref, object, this.newRef);
    else await this.file.writeObject(ref, object);
  }

  /** Writes a Flate stream; /Length and /Filter are added to `entries`. */
  async writeStream(ref: PDFRef, data: Uint8Array, entries: DictEntries = {}): Promise<void> {
    await this.file.writeStream(ref, data, entries);
  }

  /** Writes a stream with a dictionary of its own, whose data, in the clear, is given apart. */
  async rewriteStream(ref: PDFRef, dict: PDFDict, data: Uint8Array): Promise<void> {
    const entries = dict.entries().map(([key, value]) => [key.decodeText(), value] as const);
    const plain = entries.filter(([key]) => !['Length', 'Filter', 'DecodeParms'].includes(key));
    await this.file.writeStream(ref, data, Object.fromEntries(plain));
  }

  /** A dictionary of `entries`: strings become names, numbers numbers. */
  dict(entries: DictEntries): PDFDict {
    return this.file.dict(entries);
  }

  /** Writes the cross-reference and the trailer and closes the file. Gives its size in bytes. */
  async finish(): Promise<number> {
    await this.file.flushPacked(this.newRef);
    const ref = this.reserve();
    const trailer = { ...this.trailer(), Size: this.nextNumber };
    if (this.source.xref.form === 'table') await this.file.writeTable(trailer, ref);
    else await this.file.writeXrefStream(ref, trailer);
    return this.file.close();
  }

  /** Makes the file the plain copy it was, and closes it. Gives its size in bytes. */
  async takeBack(): Promise<number> {
    await this.file.abandon(this.source.bytes.size);
    return this.source.bytes.size;
  }

  /** Closes the file as it is, unfinished. */
  async abandon(): Promise<void> {
    await this.file.abandon();
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
      entries['ID'] = this.context.obj([id.get(0), PDFHexString.of(this.file.hash())]);
    return entries;
  }
}
