import { PDFArray, PDFDict, PDFName, PDFNumber } from 'pdf-lib';
import type { PdfBytes } from './pdf-bytes.js';
import { SliceParser } from './slice-parser.js';
import { decodeStream } from './stream-filters.js';
import { UnreadablePdf } from './unreadable-pdf.js';
import { XrefTable } from './xref-table.js';

const ENTRY_BYTES = 20;
const ENTRIES_AT_ONCE = 10_000;
const SPACE = 0x20;
const IN_USE = 0x6e;
const FREE = 0x66;

/** What the chain of cross-reference sections says. `trailer` and `form` are those of the newest section. */
export interface Xref {
  table: XrefTable;
  trailer: PDFDict;
  /** The form the newest section has; an update must have the same. A hybrid file counts as `table`. */
  form: 'table' | 'stream';
  /** Offset of the newest section: the next one's /Prev. */
  start: number;
}

interface Section {
  trailer: PDFDict;
  form: 'table' | 'stream';
  /** Numbers the section declares free. */
  free: number[];
}

/**
 * Follows the cross-reference sections from the newest to the oldest (ISO 32000-1 §7.5.4, §7.5.8), tables, streams and hybrids.
 * @throws UnreadablePdf for any section that is not exactly as the standard wants it
 */
export async function readXref(bytes: PdfBytes): Promise<Xref> {
  const table = new XrefTable();
  const start = await findStart(bytes);
  const seen = new Set<number>();
  let newest: Section | null = null;
  for (let offset: number | null = start; offset !== null && !seen.has(offset);) {
    seen.add(offset);
    const section: Section = await readSection(bytes, offset, table);
    newest ??= section;
    // a hybrid file's table calls free what its hidden stream defines (§7.5.8.4)
    const hidden = numberOf(section.trailer, 'XRefStm');
    if (section.form === 'table' && hidden !== null) await readSection(bytes, hidden, table);
    for (const number of section.free) table.setFree(number);
    offset = numberOf(section.trailer, 'Prev');
  }
  if (!newest) throw new UnreadablePdf('There is no cross-reference section');
  return { table, start, trailer: newest.trailer, form: newest.form };
}

function numberOf(dict: PDFDict, key: string): number | null {
  const value = dict.get(PDFName.of(key));
  return value instanceof PDFNumber ? value.asNumber() : null;
}

async function findStart(bytes: PdfBytes): Promise<number> {
  const tail = (await bytes.read(Math.max(0, bytes.size - 2048), 2048)).toString('latin1');
  const found = /startxref\s+(\d+)\s/.exec(tail.slice(Math.max(0, tail.lastIndexOf('startxref'))));
  if (!found?.[1]) throw new UnreadablePdf('The file has no startxref');
  return Number(found[1]);
}

async function readSection(bytes: PdfBytes, offset: number, table: XrefTable): Promise<Section> {
  if (offset >= bytes.size) throw new UnreadablePdf('A cross-reference section lies outside the file');
  const head = (await bytes.read(offset, 32)).toString('latin1');
  const keyword = /^\s*xref\s+/.exec(head);
  return keyword ? readTable(bytes, offset + keyword[0].length, table) : readStream(bytes, offset, table);
}

async function readTable(bytes: PdfBytes, offset: number, table: XrefTable): Promise<Section> {
  const free: number[] = [];
  let position = offset;
  for (;;) {
    const head = (await bytes.read(position, 64)).toString('latin1');
    const trailer = /^\s*trailer/.exec(head);
    if (trailer) return { form: 'table', trailer: await readTrailer(bytes, position + trailer[0].length), free };
    const subsection = /^\s*(\d+)[ \t]+(\d+)[ \t]*(?:\r\n|\r|\n)/.exec(head);
    if (!subsection) throw new UnreadablePdf('A cross-reference table is not well formed');
    const [first, count] = [Number(subsection[1]), Number(subsection[2])];
    position += subsection[0].length;
    if (position + count * ENTRY_BYTES > bytes.size) throw new UnreadablePdf('A cross-reference table is cut off');
    await readEntries(bytes, position, first, count, table, free);
    position += count * ENTRY_BYTES;
  }
}

async function readEntries(
  bytes: PdfBytes,
  offset: number,
  first: number,
  count: number,
  table: XrefTable,
  free: number[],
): Promise<void> {
  for (let done = 0; done < count; done += ENTRIES_AT_ONCE) {
    const part = Math.min(ENTRIES_AT_ONCE, count - done);
    const data = await bytes.read(offset + done * ENTRY_BYTES, part * ENTRY_BYTES);
    for (let i = 0; i < part; i++)
      readEntry(data.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES), first + done + i, table, free);
  }
}

function readEntry(entry: Buffer, number: number, table: XrefTable, free: number[]): void {
  const kind = entry[17];
  const offset = Number(entry.toString('latin1', 0, 10));
  const generation = Number(entry.toString('latin1', 11, 16));
  const wellFormed = entry[10] === SPACE && entry[16] === SPACE && (kind === IN_USE || kind === FREE);
  if (!wellFormed || !Number.isInteger(offset) || !Number.isInteger(generation))
    throw new UnreadablePdf('A cross-reference entry is not well formed');
  if (kind === IN_USE) table.setOffset(number, offset, generation);
  else free.push(number);
}

async function readTrailer(bytes: PdfBytes, offset: number): Promise<PDFDict> {
  const trailer = await bytes.parse(offset, (slice) => {
    const parser = new SliceParser(slice);
    const object = parser.parseObject();
    return { value: object, end: parser.offset };
  });
  if (!(trailer instanceof PDFDict)) throw new UnreadablePdf('A trailer is no dictionary');
  return trailer;
}

async function readStream(bytes: PdfBytes, offset: number, table: XrefTable): Promise<Section> {
  const free: number[] = [];
  const { object: dict, streamStart } = await bytes.objectAt(offset);
  if (!(dict instanceof PDFDict) || streamStart === null || dict.get(PDFName.of('Type')) !== PDFName.of('XRef'))
    throw new UnreadablePdf('There is no cross-reference section where one should be');
  const length = dict.get(PDFName.of('Length'));
  if (!(length instanceof PDFNumber)) throw new UnreadablePdf('A cross-reference stream has no direct length');
  const data = decodeStream(dict, await bytes.read(streamStart, length.asNumber()));
  const widths = numbers(dict, 'W');
  const [typeWidth = 0, secondWidth = 0, thirdWidth = 0] = widths;
  const entryLength = typeWidth + secondWidth + thirdWidth;
  if (widths.length < 3 || entryLength === 0 || widths.some((width) => width < 0 || width > 8))
    throw new UnreadablePdf('A cross-reference stream is not well formed');
  const index = dict.has(PDFName.of('Index')) ? numbers(dict, 'Index') : [0, Number(dict.get(PDFName.of('Size'))?.toString())];
  let position = 0;
  for (let i = 0; i + 1 < index.length; i += 2) {
    const [first = 0, count = 0] = [index[i], index[i + 1]];
    if (position + count * entryLength > data.length) throw new UnreadablePdf('A cross-reference stream is cut off');
    for (let n = 0; n < count; n++, position += entryLength) {
      // without a type field every entry is of type 1 (§7.5.8.2)
      const type = typeWidth === 0 ? 1 : bigEndian(data, position, typeWidth);
      const second = bigEndian(data, position + typeWidth, secondWidth);
      const third = bigEndian(data, position + typeWidth + secondWidth, thirdWidth);
      if (type === 0) free.push(first + n);
      else if (type === 1) table.setOffset(first + n, second, third);
      else if (type === 2) table.setPacked(first + n, second, third);
    }
  }
  return { form: 'stream', trailer: dict, free };
}

function numbers(dict: PDFDict, key: string): number[] {
  const array = dict.get(PDFName.of(key));
  if (!(array instanceof PDFArray)) throw new UnreadablePdf(`A cross-reference stream has no ${key}`);
  return array.asArray().map((item) => (item instanceof PDFNumber ? item.asNumber() : Number.NaN));
}

function bigEndian(data: Uint8Array, start: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (data[start + i] ?? 0);
  return value;
}
