import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigModule } from '../config/config.module.js';
import { loadSettings } from '../config/load-settings.js';
import { BaseOcr } from './base-ocr.js';
import { BaseOcrModule } from './base-ocr.module.js';

const folder = mkdtempSync(join(tmpdir(), 'base-ocr-module-'));
const start = async (more: Record<string, unknown>) => {
  const settings = loadSettings({ data_dir: folder, ocr_slots: 3, ...more }, {}, folder);
  const module = await Test.createTestingModule({ imports: [ConfigModule.with(settings), BaseOcrModule] }).compile();
  return module.init();
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the OCR module', () => {
  it('starts, tells what it can do, and stops', async () => {
    const module = await start({});
    const ocr = module.get(BaseOcr);
    expect(ocr.slots).toBe(3);
    expect((await ocr.providers()).find((status) => status.name === 'tesseract')).toMatchObject({ ready: true, slots: 3 });
    await module.close();
  });

  it('does not start without the language it would use by default', async () => {
    await expect(start({ default_language: 'xyz' })).rejects.toMatchObject({ code: 'language_not_available' });
  });
});
