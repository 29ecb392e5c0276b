import { describe, expect, it } from 'vitest';
import { buildGlyphlessFont } from './glyphless-font-file.js';

function sum(data: Buffer): number {
  let total = 0;
  for (let i = 0; i < data.length; i += 4) total = (total + data.readUInt32BE(i)) >>> 0;
  return total;
}

describe('the font file', () => {
  const font = Buffer.from(buildGlyphlessFont([500, 250, 330]));
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, i) => {
    const record = font.subarray(12 + 16 * i, 28 + 16 * i);
    return {
      tag: record.toString('latin1', 0, 4),
      checksum: record.readUInt32BE(4),
      offset: record.readUInt32BE(8),
      length: record.readUInt32BE(12),
    };
  });

  it('has the tables a CIDFontType2 program needs, sorted by tag, on four-byte boundaries', () => {
    const tags = tables.map((table) => table.tag);
    expect(tags).toEqual(['glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp']);
    expect(tables.every((table) => table.offset % 4 === 0)).toBe(true);
  });

  it('has right checksums', () => {
    expect(sum(font)).toBe(0xb1b0afba);
    for (const { tag, checksum, offset, length } of tables) {
      const data = Buffer.from(font.subarray(offset, offset + ((length + 3) & ~3)));
      if (tag === 'head') data.writeUInt32BE(0, 8);
      expect(sum(data), tag).toBe(checksum);
    }
  });

  it('is tiny', () => expect(font.length).toBeLessThan(400));
});
