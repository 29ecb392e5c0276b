import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTiff } from './page-files.js';
import { compileTesseractCore } from './tesseract-js.core.js';
import { quickenTsv, type CoreModule } from './tesseract-js.rows.js';
import { Tessdata } from './tessdata.js';

const DOCUMENTS = new URL('../../../test/documents/', import.meta.url);

/** What of `tesseract::TessBaseAPI` a page is read with. */
interface Api {
  Init(folder: null, language: string, mode: number): number;
  SetVariable(name: string, value: string): boolean;
  SetImageFile(turn: number, angle: number): number;
  Recognize(monitor: null): number;
  GetTSVText(page: number): string;
}
type Core = CoreModule & { TessBaseAPI: new () => Api; FS: { writeFile(name: string, data: Uint8Array): void } };

describe('the quick rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tessdata-'));
  let core: Core;
  let api: Api;
  let memory: WebAssembly.Memory;

  beforeAll(async () => {
    const { script, module } = await compileTesseractCore();
    const start = createRequire(import.meta.url)(script) as (options: object) => Promise<Core>;
    const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      void WebAssembly.instantiate(module, imports).then((instance) => {
        memory = Object.values(instance.exports).find((part) => part instanceof WebAssembly.Memory)!;
        done(instance);
      });
      return {};
    };
    core = await start({ instantiateWasm, print: () => undefined, printErr: () => undefined });
    await new Tessdata(folder).prepare('eng');
    core.FS.writeFile('eng.traineddata', readFileSync(join(folder, 'eng.traineddata')));
    api = new core.TessBaseAPI();
    expect(api.Init(null, 'eng', 1)).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The rows of a document by tesseract itself, without the page's, and the quick ones. */
  function bothOf(image: Uint8Array, segmentation: string): { own: string[]; quick: string[] } {
    api.SetVariable('tessedit_pageseg_mode', segmentation);
    core.FS.writeFile('/input', image);
    api.SetImageFile(1, 0);
    api.Recognize(null);
    const { prototype } = core.TessBaseAPI;
    const ofTesseract = prototype.GetTSVText;
    const own = api.GetTSVText(0).split('\n').slice(1);
    quickenTsv(core, () => memory);
    const quick = api.GetTSVText(0).split('\n');
    prototype.GetTSVText = ofTesseract;
    return { own, quick };
  }

  it.each([
    ['eurotext.tif', '3'],
    ['phototest-rotated-L.png', '3'],
    ['phototest.tif', '11'],
  ])('are those of tesseract for %s, segmented by %s', (document, segmentation) => {
    const { own, quick } = bothOf(readFileSync(new URL(document, DOCUMENTS)), segmentation);
    expect(own.filter((row) => row.startsWith('5')).length).toBeGreaterThan(50);
    expect(quick).toEqual(own);
  });

  it('are none for a page without words', () => {
    const blank = { width: 300, height: 200, data: new Uint8Array(300 * 200).fill(255), dpi: 200 };
    const { own, quick } = bothOf(toTiff(blank, '200'), '3');
    expect(own).toEqual(['']);
    expect(quick).toEqual(['']);
  });

  it('have no mark of direction before a word', () => {
    const words = ['\u200Fשלום', '\u200Eabc', 'd\u200Ee'];
    let at = 0;
    const iterator = {
      Empty: () => false,
      Next: () => ++at < words.length,
      IsAtBeginningOf: () => at === 0,
      BoundingBox: () => true,
      Confidence: () => 90,
      GetUTF8Text: () => words[at]!,
    };
    const prototype = { GetTSVText: (_page: number) => '', GetIterator: () => iterator };
    const nothing = () => undefined;
    const fake = { TessBaseAPI: { prototype }, _malloc: () => 0, _free: nothing, getPointer: () => 1, destroy: nothing };
    quickenTsv(fake, () => memory);

    const rows = prototype.GetTSVText(0).split('\n');

    expect(rows.filter((row) => row.startsWith('5')).map((row) => row.split('\t')[11])).toEqual(['שלום', 'abc', 'd\u200Ee']);
  });
});
