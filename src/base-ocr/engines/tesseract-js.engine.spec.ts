import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { describeEngine } from '../../../test/engines/engine-conformance.js';
import { describePool } from '../../../test/engines/tesseract-pool-conformance.js';
import { Tessdata } from './tessdata.js';
import { TesseractJsEngine } from './tesseract-js.engine.js';

const folder = mkdtempSync(join(tmpdir(), 'tessdata-'));
const tessdata = new Tessdata(folder);

afterAll(() => rmSync(folder, { recursive: true }));

describeEngine('tesseract_js', () => new TesseractJsEngine(tessdata, { slots: 2, maxPages: 100, maxMemoryBytes: 1024 ** 3 }));

describePool(
  'tesseract_js',
  (limits, data = tessdata) => new TesseractJsEngine(data, limits),
  (reader) => (reader as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate(),
);
