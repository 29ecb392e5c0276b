import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, SettingsError } from '../config/load-settings.js';
import { Logs } from './logs.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocr-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function openLogs(overrides: Record<string, unknown> = {}): Logs {
  return new Logs(loadSettings({ log_dir: folder, log_console: 'off', ...overrides }, {}, folder));
}

function lines(name: string): Record<string, unknown>[] {
  const text = readFileSync(join(folder, name), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('Logs', () => {
  it('writes one JSON line a message into the file of its log', async () => {
    const logs = openLogs();
    logs.queue.info('claimed');
    logs.tasks.child({ task_id: 't1' }).warn({ page: 3 }, 'page failed');
    logs.api.info({ request_id: 'r1' }, 'GET /livez');
    logs.tasks.debug('below the level');
    await logs.close();
    expect(lines('ocr_queue.log')).toMatchObject([{ level: 'info', log: 'queue', msg: 'claimed' }]);
    expect(lines('tasks.log')).toMatchObject([{ level: 'warn', log: 'tasks', task_id: 't1', page: 3, msg: 'page failed' }]);
    expect(lines('api.log')).toMatchObject([{ log: 'api', request_id: 'r1' }]);
    expect(lines('api.log')[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('keeps secrets out, at any depth, in bindings and in messages', async () => {
    const logs = openLogs();
    const url = 'https://me:hunter2@example.com/a.pdf?X-Amz-Signature=hunter2';
    logs.tasks.child({ password: 'hunter2' }).info(
      {
        options: { password: 'hunter2', list: [{ api_key: 'hunter2' }] },
        document_url: url,
        headers: { 'X-API-Key': 'hunter2', Authorization: 'Bearer hunter2' },
      },
      `fetching postgres://me:hunter2@db/x`,
    );
    logs.tasks.error({ err: new Error('no answer from https://me:hunter2@example.com/') }, 'failed');
    await logs.close();
    const text = readFileSync(join(folder, 'tasks.log'), 'utf8');
    expect(text).not.toContain('hunter2');
    expect(lines('tasks.log')[0]).toMatchObject({ document_url: 'https://***@example.com/a.pdf?***' });
    expect(lines('tasks.log')[1]?.['err']).toMatchObject({ type: 'Error', message: 'no answer from https://***@example.com/' });
  });

  it('does not take what is no secret', async () => {
    const logs = openLogs();
    const fields = { claim_token: 'c1', name: 'me@example.com', output_path: '/out/a@b.pdf', at: new Date(0) };
    logs.queue.info(fields, 'claimed');
    await logs.close();
    expect(lines('ocr_queue.log')[0]).toMatchObject({ ...fields, at: '1970-01-01T00:00:00.000Z' });
  });

  it('rotates by size, keeps the name of the current file and as many old ones as asked', async () => {
    const logs = openLogs({ log_max_size_mb: 1, log_max_files: 2 });
    const filler = 'x'.repeat(100_000);
    for (let line = 0; line < 50; line += 1) logs.queue.info({ filler }, `line ${line}`);
    await logs.close();
    const files = readdirSync(folder).filter((name) => name.endsWith('ocr_queue.log'));
    expect(files).toContain('ocr_queue.log');
    expect(files).toHaveLength(3);
  });

  it('rotates a file of days ago at the start', async () => {
    const old = new Date(Date.now() - 3 * 86_400_000);
    writeFileSync(join(folder, 'api.log'), '{"msg":"old"}\n');
    utimesSync(join(folder, 'api.log'), old, old);
    const logs = openLogs();
    logs.api.info('new');
    await logs.close();
    expect(lines('api.log')).toMatchObject([{ msg: 'new' }]);
    expect(readdirSync(folder).filter((name) => name.endsWith('-api.log'))).toHaveLength(1);
  });

  it('still writes what is said after it was closed', async () => {
    const logs = openLogs();
    await logs.close();
    logs.queue.info('last words');
    expect(lines('ocr_queue.log')).toMatchObject([{ msg: 'last words' }]);
  });

  it('stops the start, naming the setting, when the folder cannot be written', () => {
    writeFileSync(join(folder, 'taken'), '');
    expect(() => openLogs({ log_dir: join(folder, 'taken') })).toThrow(SettingsError);
    expect(() => openLogs({ log_dir: join(folder, 'taken') })).toThrow(/OCR_LOG_DIR/);
  });

  it('takes the messages of Nest, without the lines about every route', async () => {
    const logs = openLogs();
    logs.nest.log('Mapped {/livez, GET} route', 'RouterExplorer');
    logs.nest.log('Nest application successfully started', 'NestApplication');
    logs.nest.error('boom', 'Error: boom\n    at here', 'ExceptionsHandler');
    await logs.close();
    expect(lines('ocr_queue.log')).toMatchObject([
      { level: 'info', context: 'NestApplication' },
      { level: 'error', context: 'ExceptionsHandler', stack: 'Error: boom\n    at here', msg: 'boom' },
    ]);
  });
});
