import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { textOf } from '../../../test/engines/engine-conformance.js';
import { grayTiff } from '../../../test/engines/images.js';
import type { GrayImage } from '../../document/document.types.js';
import { OcrError } from '../../errors/ocr-error.js';
import { Tessdata } from './tessdata.js';
import { TesseractCliEngine } from './tesseract-cli.engine.js';
import { TesseractProcess } from './tesseract-cli.process.js';
import type { PageTerms } from './tesseract-pool.js';
import { librariesOf, libraryProgram, tesseractProgram, type ProgramFor } from './tesseract-programs.js';
import { parseTsv } from './tesseract-tsv.js';

const folder = mkdtempSync(join(tmpdir(), 'tessdata-'));
const tessdata = new Tessdata(folder);
const limits = { slots: 1, maxPages: 100, maxMemoryBytes: 1024 ** 3 };
const version = await new TesseractCliEngine(tessdata, limits).version();
/** Where a program of another name says it is tesseract of some version, and is it. */
const script = (name: string, said: string) => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && exec echo "tesseract ${said}"\nexec tesseract "$@"\n`, { mode: 0o755 });
  return path;
};

afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(version !== null && process.platform === 'linux')('the library of the native tesseract', () => {
  beforeAll(() => tessdata.prepare('eng+fra'));

  async function rowsOf(program: ProgramFor, images: readonly GrayImage[], terms: PageTerms): Promise<string[]> {
    const reader = await TesseractProcess.start(program, folder, terms);
    try {
      const found: string[] = [];
      for (const image of images) found.push(await reader.recognise(image, terms));
      return found;
    } finally {
      await reader.kill(undefined);
    }
  }

  it.each([
    ['eng', '3'],
    ['eng+fra', '11'],
  ])('finds what the program finds, page after page, in %s segmented by %s', async (language, psm) => {
    const [library] = await librariesOf('tesseract');
    const blank = { width: 300, height: 200, data: new Uint8Array(300 * 200).fill(255), dpi: 200 };
    const images = [grayTiff('eurotext.tif', 300), blank, grayTiff('phototest.tif', 200)];
    const terms = { language, data: [], psm, dpi: '300' };

    const ofLibrary = await rowsOf(libraryProgram(library!, version!, folder), images, terms);
    const ofProgram = await rowsOf(tesseractProgram('tesseract', folder), images, terms);

    expect(ofLibrary.map(parseTsv)).toEqual(ofProgram.map(parseTsv));
    expect(parseTsv(ofLibrary[0]!).length).toBeGreaterThan(0);
    expect(parseTsv(ofLibrary[1]!)).toEqual([]);
  });

  it.each([
    ['is of another version', '5.0.0-alpha'],
    ['is the same', version!],
  ])('is taken only where its version is the program’s: it %s', async (_, said) => {
    const engine = new TesseractCliEngine(tessdata, limits, script('another', said));
    const read = await engine.recognise({
      image: grayTiff('phototest.tif', 72),
      language: 'eng',
      signal: new AbortController().signal,
    });
    const [reader] = (engine as unknown as { pool: { idle: { child: { spawnfile: string } }[] } }).pool.idle;
    await engine.close();

    expect(textOf(read)[0]).toBe('This');
    expect(reader?.child.spawnfile === process.execPath).toBe(said === version);
  });

  it('is done without once it has broken down, and the next page is read', async () => {
    const engine = new TesseractCliEngine(tessdata, limits);
    const page = { image: grayTiff('phototest.tif', 72), language: 'eng', signal: new AbortController().signal };
    const readers = () => (engine as unknown as { pool: { idle: { child: ChildProcess; dead: boolean }[] } }).pool.idle;
    const byLibrary = textOf(await engine.recognise(page));
    const [reader] = readers();
    expect(reader?.child.spawnfile).toBe(process.execPath);
    reader?.child.kill('SIGSEGV');
    await expect.poll(() => reader?.dead).toBe(true);

    expect(textOf(await engine.recognise(page))).toEqual(byLibrary);
    expect(readers()[0]?.child.spawnfile).toBe('tesseract');
    await engine.close();
  });

  it('is not taken where the trial cannot even begin, which costs nothing later', async () => {
    const engine = new TesseractCliEngine(tessdata, limits);
    vi.spyOn(TesseractProcess, 'start').mockRejectedValueOnce(new OcrError('engine_unavailable'));
    const page = { image: grayTiff('phototest.tif', 72), language: 'eng', signal: new AbortController().signal };
    expect(textOf(await engine.recognise(page))[0]).toBe('This');
    await engine.close();
  });

  it('is looked for beside the program first', async () => {
    const place = join(realpathSync(folder), 'opt');
    for (const part of ['bin', 'lib']) mkdirSync(join(place, part), { recursive: true });
    writeFileSync(join(place, 'bin', 'tesseract-5'), '', { mode: 0o755 });
    writeFileSync(join(place, 'lib', 'libtesseract.so.5'), '');
    symlinkSync(join(place, 'bin', 'tesseract-5'), join(place, 'linked'));

    expect(await librariesOf(join(place, 'linked'))).toEqual([join(place, 'lib', 'libtesseract.so.5'), 'libtesseract.so.5']);
    expect(await librariesOf('/nowhere/tesseract')).toEqual(['libtesseract.so.5']);
  });
});
