import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tessdata } from './tessdata.js';

describe('the language data', () => {
  let folder: string;
  let added: string;

  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'tessdata-'));
    folder = join(root, 'ours');
    added = join(root, 'added');
    mkdirSync(join(added, 'script'), { recursive: true });
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('comes from the packages, unpacked once', async () => {
    const tessdata = new Tessdata(folder);
    expect(await tessdata.languages()).toEqual(['eng', 'fra']);
    await tessdata.prepare('eng+fra');
    expect(readdirSync(folder).sort()).toEqual(['eng.traineddata', 'fra.traineddata']);
    expect(readFileSync(join(folder, 'fra.traineddata')).length).toBeGreaterThan(1_000_000);
  });

  it('is whole however many ask for it at once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => new Tessdata(folder).prepare('fra')));
    expect(readdirSync(folder)).toEqual(['fra.traineddata']);
  });

  it('comes from the added folder first, and follows it', async () => {
    writeFileSync(join(added, 'eng.traineddata'), 'mine');
    writeFileSync(join(added, 'osd.traineddata'), 'no language');
    writeFileSync(join(added, 'script', 'Latin.traineddata'), 'a script');
    const tessdata = new Tessdata(folder, added);
    expect(await tessdata.languages()).toEqual(['eng', 'fra', 'script/Latin']);
    await tessdata.prepare('eng+script/Latin');
    expect(readFileSync(join(folder, 'script', 'Latin.traineddata'), 'utf8')).toBe('a script');
    expect(readFileSync(join(folder, 'eng.traineddata'), 'utf8')).toBe('mine');

    const before = await tessdata.states('eng');
    expect(await tessdata.states('eng')).toEqual(before);
    expect(await new Tessdata(folder).states('eng')).not.toEqual(before);
    writeFileSync(join(added, 'eng.traineddata'), 'mine, newer');
    utimesSync(join(added, 'eng.traineddata'), 2_000_000_000, 2_000_000_000);
    await tessdata.prepare('eng');
    expect(readFileSync(join(folder, 'eng.traineddata'), 'utf8')).toBe('mine, newer');
    expect(await tessdata.states('eng')).not.toEqual(before);

    await new Tessdata(folder).prepare('eng');
    expect(readFileSync(join(folder, 'eng.traineddata')).length).toBeGreaterThan(1_000_000);
  });

  it('is only what is installed', async () => {
    const tessdata = new Tessdata(folder);
    for (const language of ['deu', 'eng+', '', '../eng', 'osd', 'eng fra']) {
      await expect(tessdata.prepare(language)).rejects.toMatchObject({
        code: 'language_not_available',
        message: expect.stringContaining('Installed: eng, fra.'),
      });
    }
  });
});
