/** Points of the tone curve; in between, readers interpolate. */
const CURVE_POINTS = 256;

/** sRGB's primaries as seen under the profile connection space's white D50 (columns X, Y, Z), and that white. From IEC 61966-2-1. */
const PRIMARIES = {
  rXYZ: [0.43607, 0.22249, 0.01392],
  gXYZ: [0.38515, 0.71687, 0.09708],
  bXYZ: [0.14307, 0.06061, 0.7141],
} as const;
const D50 = [0.9642, 1, 0.8249] as const;

/**
 * An ICC profile of sRGB, made here so that no foreign one need be shipped: version 2.1, class display, three primaries and one tone curve
 * (ICC.1:2001-04). About 1 KB.
 */
export function srgbProfile(): Buffer {
  const curve = curveTag();
  const tags: [signature: string, data: Buffer][] = [
    ['desc', descriptionTag('sRGB IEC61966-2.1')],
    ['cprt', Buffer.concat([Buffer.from('text\0\0\0\0'), Buffer.from('No copyright\0')])],
    ['wtpt', xyzTag(D50)],
    ['rXYZ', xyzTag(PRIMARIES.rXYZ)],
    ['gXYZ', xyzTag(PRIMARIES.gXYZ)],
    ['bXYZ', xyzTag(PRIMARIES.bXYZ)],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  const bodies: Buffer[] = [];
  const places = new Map<Buffer, number>();
  let offset = 128 + table.length;
  tags.forEach(([signature, data], i) => {
    if (!places.has(data)) {
      const padded = Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
      places.set(data, offset);
      bodies.push(padded);
      offset += padded.length;
    }
    table.write(signature, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(places.get(data) ?? 0, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
  });
  return Buffer.concat([header(offset), table, ...bodies]);
}

function header(size: number): Buffer {
  const head = Buffer.alloc(128);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(0x02100000, 8); // version 2.1
  head.write('mntrRGB XYZ ', 12, 'latin1');
  // a fixed date: the same input gives the same file
  [2026, 1, 1, 0, 0, 0].forEach((value, i) => head.writeUInt16BE(value, 24 + 2 * i));
  head.write('acsp', 36, 'latin1');
  D50.forEach((value, i) => head.writeInt32BE(fixed(value), 68 + 4 * i));
  return head;
}

function descriptionTag(text: string): Buffer {
  const ascii = Buffer.from(`${text}\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(ascii.length, 0);
  // no Unicode and no Macintosh description: 4 + 4 bytes, and 2 + 1 + 67
  return Buffer.concat([Buffer.from('desc\0\0\0\0'), length, ascii, Buffer.alloc(78)]);
}

function xyzTag(values: readonly number[]): Buffer {
  const tag = Buffer.alloc(20);
  tag.write('XYZ ', 0, 'latin1');
  values.forEach((value, i) => tag.writeInt32BE(fixed(value), 8 + 4 * i));
  return tag;
}

function curveTag(): Buffer {
  const tag = Buffer.alloc(12 + 2 * CURVE_POINTS);
  tag.write('curv', 0, 'latin1');
  tag.writeUInt32BE(CURVE_POINTS, 8);
  for (let i = 0; i < CURVE_POINTS; i++) {
    const value = i / (CURVE_POINTS - 1);
    const linear = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    tag.writeUInt16BE(Math.round(linear * 65535), 12 + 2 * i);
  }
  return tag;
}

/** A signed number with 16 bits behind the point. */
function fixed(value: number): number {
  return Math.round(value * 65536);
}
