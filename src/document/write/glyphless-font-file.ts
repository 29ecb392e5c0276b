/** Font units per em. */
export const UNITS_PER_EM = 1000;
/**
 * The box of every glyph: what Chrome marks. Lower than lines are apart, even closely set ones: PDFium tells the lines of a page that lies on its
 * side by their boxes, and must not see them touch. How high words are said to be is told by the cuts of the font, not by its glyphs.
 */
export const ASCENT = 600;
export const DESCENT = -150;

/**
 * A glyph's outline: one contour that goes from one corner of its box to the other and back, and so encloses nothing. It must not be
 * empty: PDFium (Chrome) takes a text's width from its glyphs' boxes and drops words of one letter when that is zero.
 */
function glyph(width: number): Buffer {
  return words(
    1, // contours
    // box
    0,
    DESCENT,
    width,
    ASCENT,
    1, // last point of the contour
    0, // instructions
    0x0101, // flags of both points: on the curve, coordinates of two bytes
    0,
    width, // x of the first point, and from there to the second
    DESCENT,
    ASCENT - DESCENT, // y likewise
  );
}

/**
 * A complete TrueType font of glyphs that mark nothing, one for each width (the first is .notdef, which no text may use), as small as ISO 32000-1 §9.9 lets an embedded CIDFontType2 program be: the tables
 * `glyf`, `head`, `hhea`, `hmtx`, `loca` and `maxp`. Layouts after the OpenType specification.
 * @param widths of the glyphs, in thousandths of an em
 * @param codes for a simple font: the glyph of each of its 256 codes, kept in a `cmap` (a CIDToGIDMap takes its place in a composite one)
 */
export function buildGlyphlessFont(widths: readonly number[], codes?: Uint8Array): Uint8Array {
  const glyphs = widths.map(glyph);
  const widest = Math.max(...widths);
  const glyphLength = glyphs[0]?.length ?? 0;
  const tables: [tag: string, data: Buffer][] = [
    ...(codes ? ([['cmap', cmapTable(codes)]] as [string, Buffer][]) : []),
    ['glyf', Buffer.concat(glyphs)],
    ['head', headTable(widest)],
    ['hhea', hheaTable(widest, widths.length)],
    ['hmtx', words(...widths.flatMap((width) => [width, 0]))],
    // short offsets count pairs of bytes
    ['loca', words(...Array.from({ length: widths.length + 1 }, (_, i) => (i * glyphLength) / 2))],
    ['maxp', maxpTable(widths.length)],
  ];
  const directory = Buffer.alloc(12 + 16 * tables.length);
  directory.writeUInt32BE(0x00010000, 0);
  directory.writeUInt16BE(tables.length, 4);
  // search hints: the largest power of two up to the number of tables, times 16; its logarithm; the rest
  const power = Math.floor(Math.log2(tables.length));
  directory.writeUInt16BE(16 * 2 ** power, 6);
  directory.writeUInt16BE(power, 8);
  directory.writeUInt16BE(16 * tables.length - 16 * 2 ** power, 10);
  const bodies: Buffer[] = [];
  let offset = directory.length;
  tables.forEach(([tag, data], i) => {
    const record = 12 + 16 * i;
    const padded = Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
    directory.write(tag, record, 'latin1');
    directory.writeUInt32BE(checksum(padded), record + 4);
    directory.writeUInt32BE(offset, record + 8);
    directory.writeUInt32BE(data.length, record + 12);
    bodies.push(padded);
    offset += padded.length;
  });
  const font = Buffer.concat([directory, ...bodies]);
  const headStart = directory.readUInt32BE(12 + 16 * tables.findIndex(([tag]) => tag === 'head') + 8);
  font.writeUInt32BE((0xb1b0afba - checksum(font)) >>> 0, headStart + 8);
  return font;
}

/** One subtable of format 0 for platform 1, encoding 0: what a symbolic font's codes are looked up in (ISO 32000-1 §9.6.6.4). */
function cmapTable(codes: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 8 + 6);
  head.writeUInt16BE(1, 2); // subtables
  head.writeUInt16BE(1, 4); // platform Macintosh, encoding Roman (0)
  head.writeUInt32BE(12, 8); // where the subtable starts
  head.writeUInt16BE(6 + codes.length, 14); // its length; format and language are 0
  return Buffer.concat([head, codes]);
}

function headTable(widest: number): Buffer {
  const head = Buffer.alloc(54);
  head.writeUInt32BE(0x00010000, 0); // version
  head.writeUInt32BE(0x00010000, 4); // font revision
  head.writeUInt32BE(0x5f0f3cf5, 12); // magic number; the checksum adjustment before it is set last
  head.writeUInt16BE(0x0003, 16); // baseline and left side bearing at 0
  head.writeUInt16BE(UNITS_PER_EM, 18);
  head.writeInt16BE(0, 36); // bounding box: xMin, yMin, xMax, yMax
  head.writeInt16BE(DESCENT, 38);
  head.writeInt16BE(widest, 40);
  head.writeInt16BE(ASCENT, 42);
  head.writeUInt16BE(8, 46); // smallest readable size in pixels
  head.writeInt16BE(2, 48); // direction hint
  return head; // loca format 0 (short), glyph data format 0
}

function hheaTable(widest: number, count: number): Buffer {
  const hhea = Buffer.alloc(36);
  hhea.writeUInt32BE(0x00010000, 0);
  hhea.writeInt16BE(ASCENT, 4);
  hhea.writeInt16BE(DESCENT, 6);
  hhea.writeUInt16BE(widest, 10);
  hhea.writeInt16BE(1, 18); // caret slope rise: upright
  hhea.writeUInt16BE(count, 34); // horizontal metrics
  return hhea;
}

function maxpTable(count: number): Buffer {
  const maxp = Buffer.alloc(32);
  maxp.writeUInt32BE(0x00010000, 0);
  maxp.writeUInt16BE(count, 4); // glyphs
  maxp.writeUInt16BE(2, 6); // points of a glyph
  maxp.writeUInt16BE(1, 8); // contours of a glyph
  maxp.writeUInt16BE(2, 14); // zones
  return maxp;
}

function words(...values: number[]): Buffer {
  const data = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => data.writeUInt16BE(value & 0xffff, i * 2));
  return data;
}

/** Sum of the big-endian 32-bit words, as the table directory wants it. */
function checksum(data: Buffer): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum = (sum + data.readUInt32BE(i)) >>> 0;
  return sum;
}
