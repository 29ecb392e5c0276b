import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EngineRegistry } from '../../base-ocr/engine-registry.js';
import { loadSettings } from '../../config/load-settings.js';
import { Logs } from '../../logging/logs.js';
import { WorkObserver } from '../../task-manager/work-observer.js';
import { StandIns } from './stand-ins.js';

it('counts every stand-in, and warns of each provider once a minute, saying why it is not ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-stand-ins-'));
  const settings = loadSettings({ data_dir: folder, log_dir: folder, log_console: 'off' }, {}, folder);
  const [logs, observer] = [new Logs(settings), new WorkObserver()];
  const counted: string[] = [];
  observer.substitutions.subscribe((provider) => counted.push(provider));
  const standIns = new StandIns(new EngineRegistry(settings), observer, logs);
  const asked = (requested_provider?: string) => ({ ocr_provider: 'tesseract', requested_provider });
  const minute = 60_000;
  await standIns.tell(asked(), 0);
  await Promise.all([standIns.tell(asked('document_ai'), 0), standIns.tell(asked('document_ai'), 0)]);
  await standIns.tell(asked('document_ai'), minute - 1);
  await standIns.tell(asked('textract'), minute - 1);
  await standIns.tell(asked('document_ai'), minute);
  expect(counted).toEqual(['document_ai', 'document_ai', 'document_ai', 'textract', 'document_ai']);

  await logs.close();
  const lines = readFileSync(join(folder, 'ocr_queue.log'), 'utf8').trim().split('\n');
  const warnings = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(warnings.map(({ provider }) => provider)).toEqual(['document_ai', 'textract', 'document_ai']);
  expect(warnings[0]).toMatchObject({
    level: 'warn',
    stand_in: 'tesseract',
    reason: expect.stringContaining('document_ai_processor') as string,
  });
  rmSync(folder, { recursive: true });
});
