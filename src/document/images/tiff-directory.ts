import { createHash } from 'node:crypto';
import { damaged, type Source } from './source.js';
import type { Resolution } from './page-size.js';
import type { Orientation } from './pdf-writer.js';

/** Tags of TIFF 6.0 and EXIF that matter here. */
export const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planar: 284,
  t4Options: 292,
  resolutionUnit: 296,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  jpegOffset: 513,
  jpegLength: 514,
} as const;

/** Bytes of a value by its TIFF type; 0 for types that do not exist. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const MOST_VALUES = 4_000_000;
/** Tags that tell how an image lies on its page, or what it is there for, and nothing of its samples. */
const OF_THE_PAGE: readonly number[] = [TAG.subfileType, TAG.orientation, TAG.xResolution, TAG.yResolution, TAG.resolutionUnit];
/** Values of more bytes than this are the same when they lie in the same place. */
const MOST_COMPARED = 64 * 1024;

/** One image file directory. Values are read when asked for. */
export class TiffDirectory {
  constructor(
    private readonly source: Source,
    private readonly littleEndian: boolean,
    private readonly entries: ReadonlyMap<number, { type: number; count: number; offset: number }>,
  ) {}

  get isLittleEndian(): boolean {
    return this.littleEndian;
  }

  has(tag: number): boolean {
    return this.entries.has(tag);
  }

  /** All values of a tag; none when it is absent. */
  values(tag: number): number[] {
    const entry = this.entries.get(tag);
    if (entry === undefined) return [];
    const size = TYPE_BYTES[entry.type] ?? 0;
    if (size === 0) return [];
    if (entry.count > MOST_VALUES) throw damaged('The image’s directory is damaged');
    const bytes = this.source.read(entry.offset, entry.count * size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: entry.count }, (_, i) => readValue(view, i * size, entry.type, this.littleEndian));
  }

  /** The first value of a tag. */
  value(tag: number, fallback: number): number {
    return this.values(tag)[0] ?? fallback;
  }

  /** The bytes of a tag of bytes. */
  bytes(tag: number): Buffer | undefined {
    const entry = this.entries.get(tag);
    return entry === undefined ? undefined : this.source.read(entry.offset, entry.count);
  }

  /** The same for directories that say the same of the same samples. */
  imageKey(): string {
    const hash = createHash('sha256');
    for (const tag of Object.values(TAG)) {
      const entry = this.entries.get(tag);
      if (entry === undefined || OF_THE_PAGE.includes(tag)) continue;
      const { type, count, offset } = entry;
      const size = count * (TYPE_BYTES[type] ?? 0);
      const isCompared = size > 0 && size <= MOST_COMPARED && offset + size <= this.source.size;
      hash.update(`${tag} ${type} ${count} ${isCompared ? '' : offset};`);
      if (isCompared) hash.update(this.source.read(offset, size));
    }
    return hash.digest('hex');
  }

  get orientation(): Orientation {
    const value = this.value(TAG.orientation, 1);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }

  get resolution(): Resolution | undefined {
    const unit = this.value(TAG.resolutionUnit, 2);
    const x = this.value(TAG.xResolution, 0);
    const y = this.value(TAG.yResolution, x);
    if (unit === 1 || !(x > 0 && y > 0)) return undefined;
    return unit === 3 ? { x: x * 2.54, y: y * 2.54 } : { x, y };
  }
}

/** The directories of a TIFF (or BigTIFF), one after the other. A circle among them ends the walk. */
export function* readDirectories(source: Source): Generator<TiffDirectory> {
  const head = source.read(0, 8);
  const littleEndian = head.toString('latin1', 0, 2) === 'II';
  const reader = new Reader(source, littleEndian);
  const isBig = reader.uint16(2) === 43;
  const seen = new Set<number>();
  let offset = isBig ? reader.uint64(8) : reader.uint32(4);
  while (offset !== 0 && !seen.has(offset)) {
    seen.add(offset);
    const count = isBig ? reader.uint64(offset) : reader.uint16(offset);
    const [headBytes, entryBytes] = isBig ? [8, 20] : [2, 12];
    if (count === 0 || count > 65_535) throw damaged('The image’s directory is damaged');
    const entries = new Map<number, { type: number; count: number; offset: number }>();
    for (let i = 0; i < count; i++) {
      const at = offset + headBytes + i * entryBytes;
      const type = reader.uint16(at + 2);
      const values = isBig ? reader.uint64(at + 4) : reader.uint32(at + 4);
      const inline = at + (isBig ? 12 : 8);
      const fits = values * (TYPE_BYTES[type] ?? 0) <= (isBig ? 8 : 4);
      const place = fits ? inline : isBig ? reader.uint64(inline) : reader.uint32(inline);
      entries.set(reader.uint16(at), { type, count: values, offset: place });
    }
    yield new TiffDirectory(source, littleEndian, entries);
    const next = offset + headBytes + count * entryBytes;
    offset = isBig ? reader.uint64(next) : reader.uint32(next);
  }
}

class Reader {
  constructor(
    private readonly source: Source,
    private readonly littleEndian: boolean,
  ) {}

  uint16(offset: number): number {
    const bytes = this.source.read(offset, 2);
    return this.littleEndian ? bytes.readUInt16LE() : bytes.readUInt16BE();
  }

  uint32(offset: number): number {
    const bytes = this.source.read(offset, 4);
    return this.littleEndian ? bytes.readUInt32LE() : bytes.readUInt32BE();
  }

  uint64(offset: number): number {
    const bytes = this.source.read(offset, 8);
    return Number(this.littleEndian ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE());
  }
}

function readValue(view: DataView, at: number, type: number, littleEndian: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, littleEndian);
    case 4:
    case 13:
      return view.getUint32(at, littleEndian);
    case 5:
      return view.getUint32(at, littleEndian) / view.getUint32(at + 4, littleEndian);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, littleEndian);
    case 9:
      return view.getInt32(at, littleEndian);
    case 10:
      return view.getInt32(at, littleEndian) / view.getInt32(at + 4, littleEndian);
    case 11:
      return view.getFloat32(at, littleEndian);
    case 12:
      return view.getFloat64(at, littleEndian);
    case 16:
    case 18:
      return Number(view.getBigUint64(at, littleEndian));
    case 17:
      return Number(view.getBigInt64(at, littleEndian));
    default:
      return view.getUint8(at);
  }
}
