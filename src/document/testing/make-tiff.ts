/** A page of a TIFF as its tags have it; strips are compressed already. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly bits: number;
  readonly photometric: number;
  readonly strips: readonly Uint8Array[];
  readonly rowsPerStrip?: number;
  /** Width and height of its tiles; the strips are tiles then. */
  readonly tile?: readonly [width: number, height: number];
  readonly compression?: number;
  readonly predictor?: number;
  readonly planar?: boolean;
  readonly orientation?: number;
  readonly extraSamples?: number;
  readonly subfileType?: number;
  readonly colourMap?: readonly number[];
  readonly dpi?: number;
  /** Its one strip is a whole JPEG, told of as TIFF 6.0 did at first. */
  readonly oldJpeg?: boolean;
}

const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;

/** Writes a little-endian TIFF. A strip that several pages have is in it once. */
export function makeTiff(pages: readonly TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from('49492a0000000000', 'hex')];
  let size = 8;
  let linkPart = 0;
  let linkAt = 4;
  const append = (bytes: Uint8Array): number => {
    const offset = size;
    // Everything in a TIFF begins at an even place.
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    parts.push(padded);
    size += padded.length;
    return offset;
  };

  const placed = new Map<Uint8Array, number>();
  for (const page of pages) {
    const offsets = page.strips.map((strip) => {
      const offset = placed.get(strip) ?? append(strip);
      placed.set(strip, offset);
      return offset;
    });
    const sizes = page.strips.map((strip) => strip.length);
    const entries: [tag: number, type: number, values: readonly number[]][] = [
      [254, LONG, [page.subfileType ?? 0]],
      [256, LONG, [page.width]],
      [257, LONG, [page.height]],
      [258, SHORT, Array.from({ length: page.samples }, () => page.bits)],
      [259, SHORT, [page.oldJpeg ? 6 : (page.compression ?? 1)]],
      [262, SHORT, [page.photometric]],
      ...(page.tile ? [] : [[273, LONG, offsets] satisfies (typeof entries)[number]]),
      [274, SHORT, [page.orientation ?? 1]],
      [277, SHORT, [page.samples]],
      ...(page.tile
        ? []
        : ([
            [278, LONG, [page.rowsPerStrip ?? page.height]],
            [279, LONG, sizes],
          ] satisfies typeof entries)),
      [282, RATIONAL, [page.dpi ?? 96]],
      [283, RATIONAL, [page.dpi ?? 96]],
      [284, SHORT, [page.planar ? 2 : 1]],
      [317, SHORT, [page.predictor ?? 1]],
      ...(page.colourMap ? [[320, SHORT, page.colourMap] satisfies (typeof entries)[number]] : []),
      ...(page.tile
        ? ([
            [322, LONG, [page.tile[0]]],
            [323, LONG, [page.tile[1]]],
            [324, LONG, offsets],
            [325, LONG, sizes],
          ] satisfies typeof entries)
        : []),
      ...(page.oldJpeg ? [[513, LONG, offsets] satisfies (typeof entries)[number]] : []),
      ...(page.extraSamples ? [[338, SHORT, [page.extraSamples]] satisfies (typeof entries)[number]] : []),
    ];
    const directory = Buffer.alloc(2 + entries.length * 12 + 4);
    directory.writeUInt16LE(entries.length);
    entries.forEach(([tag, type, values], i) => {
      const at = 2 + i * 12;
      directory.writeUInt16LE(tag, at);
      directory.writeUInt16LE(type, at + 2);
      directory.writeUInt32LE(values.length, at + 4);
      const bytes = valueBytes(type, values);
      if (bytes.length <= 4) bytes.copy(directory, at + 8);
      else directory.writeUInt32LE(append(bytes), at + 8);
    });
    parts[linkPart].writeUInt32LE(size, linkAt);
    linkPart = parts.length;
    linkAt = directory.length - 4;
    append(directory);
  }
  return Buffer.concat(parts);
}

function valueBytes(type: number, values: readonly number[]): Buffer {
  const width = type === SHORT ? 2 : type === LONG ? 4 : 8;
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, i) => {
    if (type === SHORT) bytes.writeUInt16LE(value, i * width);
    else bytes.writeUInt32LE(value, i * width);
    if (type === RATIONAL) bytes.writeUInt32LE(1, i * width + 4);
  });
  return bytes;
}
