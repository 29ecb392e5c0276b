import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeZip } from './zip-results.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'zip-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Name, method and unpacked bytes of each local file, read by the central directory (APPNOTE.TXT 4.3.12). */
function entriesOf(zip: Buffer): { name: string; method: number; data: string }[] {
  const entries = [];
  for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 4, 'latin1')) {
    const [method, size, nameLength, local] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt32LE(at + 42),
    ];
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + size);
    const data = (method === 8 ? inflateRawSync(packed) : packed).toString('utf8');
    entries.push({ name: zip.toString('utf8', at + 46, at + 46 + nameLength), method, data });
  }
  return entries;
}

describe('the archive', () => {
  it('holds the files under their names, packed where that helps, and is the same each time', async () => {
    const [text, pdf] = [join(folder, 'a'), join(folder, 'b')];
    await writeFile(text, 'été '.repeat(1000));
    await writeFile(pdf, '%PDF-');
    const entries = [
      { path: text, name: 'Über uns.txt', compress: true },
      { path: pdf, name: 'Über uns.pdf', compress: false },
    ];
    const outputs = [join(folder, '1.zip'), join(folder, '2.zip')] as const;
    for (const output of outputs) await writeZip(entries, output);
    const [zip, again] = [await readFile(outputs[0]), await readFile(outputs[1])];
    expect(entriesOf(zip)).toEqual([
      { name: 'Über uns.txt', method: 8, data: 'été '.repeat(1000) },
      { name: 'Über uns.pdf', method: 0, data: '%PDF-' },
    ]);
    expect(again.equals(zip)).toBe(true);
  });

  it('fails when a file is missing, or the work is aborted', async () => {
    const output = join(folder, 'failed.zip');
    await expect(writeZip([{ path: join(folder, 'none'), name: 'x', compress: true }], output)).rejects.toThrow('ENOENT');
    const signal = AbortSignal.abort(new Error('stopped'));
    const path = join(folder, 'long');
    await writeFile(path, Buffer.alloc(1_000_000));
    await expect(writeZip([{ path, name: 'x', compress: true }], output, signal)).rejects.toThrow();
  });
});
