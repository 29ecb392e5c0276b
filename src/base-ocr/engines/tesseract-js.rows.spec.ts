import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    api.SetVariable('tessedit_pageseg_mode', '3');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The rows of a document by tesseract itself, without the page's, and the quick ones. */
  function bothOf(document: string): { own: string[]; quick: string[] } {
    core.FS.writeFile('/input', readFileSync(new URL(document, DOCUMENTS)));
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

  it.each(['eurotext.tif', 'phototest-rotated-L.png'])('are those of tesseract for %s', (document) => {
    const { own, quick } = bothOf(document);
    expect(own.filter((row) => row.startsWith('5')).length).toBeGreaterThan(50);
    expect(quick).toEqual(own);
  });
});
