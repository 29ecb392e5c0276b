import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-codes.js';
import { formatsFor, planResults, writeResult } from './result-files.js';

const folder = mkdtempSync(join(tmpdir(), 'ocr-results-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const planned = (...args: Parameters<typeof planResults>) => planResults(...args).map((plan) => Object.fromEntries(plan));

describe('where results go', () => {
  it('beside each document without -o', () =>
    expect(planned(['a/x.pdf', 'b.tif'], ['pdf', 'txt'])).toEqual([
      { pdf: join('a', 'x.ocr.pdf'), txt: join('a', 'x.ocr.txt') },
      { pdf: 'b.ocr.pdf', txt: 'b.ocr.txt' },
    ]));
  it('into a folder: one there is, one with a slash, one without extension', () => {
    for (const out of [folder, 'new/', 'new'])
      expect(planned(['a/x.tif'], ['pdf'], out)).toEqual([{ pdf: join(out, 'x.ocr.pdf') }]);
  });
  it('under the name given, further formats beside it', () =>
    expect(planned(['x.tif'], ['pdf', 'txt'], 'out/result.pdf')).toEqual([
      { pdf: 'out/result.pdf', txt: join('out', 'result.txt') },
    ]));
  it.each([
    ['two results with one name', ['x.tif', 'x.png'], ['pdf'] as const, undefined],
    ['a result over its document', ['x.pdf'], ['pdf'] as const, 'x.pdf'],
    ['a result over another document', ['x.tif', 'x.ocr.pdf'], ['pdf'] as const, undefined],
    ['two results to stdout', ['x.tif'], ['pdf', 'txt'] as const, '-'],
  ])('refuses %s', (_name, files, formats, out) =>
    expect(() => planResults(files, formats, out)).toThrowError(expect.objectContaining({ exitCode: EXIT.usage }) as Error),
  );
});

it('makes what is asked for, else what the name of the result says, else a PDF', () => {
  expect(formatsFor(['json'], 'x.txt')).toEqual(['json']);
  expect(formatsFor(undefined, 'x.TXT')).toEqual(['txt']);
  expect(formatsFor(undefined, 'folder/')).toEqual(['pdf']);
});

describe('writing a result', () => {
  it('makes the folder and leaves nothing unfinished', async () => {
    await writeResult(new Blob(['text']).stream(), join(folder, 'deep/er/x.txt'));
    expect(readdirSync(join(folder, 'deep/er'))).toEqual(['x.txt']);
    expect(readFileSync(join(folder, 'deep/er/x.txt'), 'utf8')).toBe('text');
  });
  it('keeps the older result when the stream breaks', async () => {
    const path = join(folder, 'kept.txt');
    await writeResult(new Blob(['old']).stream(), path);
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([110]));
        controller.error(new Error('cut'));
      },
    });
    await expect(writeResult(broken, path)).rejects.toMatchObject({ exitCode: EXIT.unavailable });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
  it('says that the place cannot be written to when that is what failed', async () => {
    const file = join(folder, 'a-file');
    await writeResult(new Blob(['x']).stream(), file);
    const below = writeResult(new Blob(['x']).stream(), join(file, 'x.txt'));
    await expect(below).rejects.toMatchObject({ exitCode: EXIT.cannotCreate });
  });
});
