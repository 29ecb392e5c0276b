import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sniffKind } from './sniff.js';
import { sample, temporaryFolder } from './testing/make-pdf.js';

describe('sniffKind', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  it.each([
    ['irm-400p.pdf', 'pdf'],
    ['phototest.tif', 'tiff'],
    ['phototest-rotated-L.png', 'png'],
  ])('knows %s as %s', async (name, kind) => {
    expect(await sniffKind(sample(name))).toBe(kind);
  });

  it.each([
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'jpeg'],
    ['a WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), 'webp'],
    ['a BigTIFF', Buffer.from('MM\0\x2b\0\x08\0\0', 'latin1'), 'tiff'],
    ['a PDF behind junk', Buffer.from(`${' '.repeat(1000)}%PDF-1.4`), 'pdf'],
  ])('knows %s whatever its name', async (_, bytes, kind) => {
    const path = folder.path('some.txt');
    await writeFile(path, bytes);
    expect(await sniffKind(path)).toBe(kind);
  });

  it.each([
    ['an empty file', '', 'damaged_document'],
    ['plain text', 'Only words.', 'unsupported_document'],
    ['a PDF header that comes too late', `${' '.repeat(1024)}%PDF-1.4`, 'unsupported_document'],
  ])('refuses %s', async (_, text, code) => {
    const path = folder.path('other.pdf');
    await writeFile(path, text);
    await expect(sniffKind(path)).rejects.toMatchObject({ code });
  });

  it('tells when there is no file', async () => {
    await expect(sniffKind(folder.path('missing'))).rejects.toMatchObject({ code: 'document_not_found' });
  });
});
