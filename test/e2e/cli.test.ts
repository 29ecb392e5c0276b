import { execFile, spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskDto, TaskListDto } from '../../src/api/dto/task.dto.js';
import { ApiClient } from '../../src/cli/api-client.js';
import { EXIT } from '../../src/exit-codes.js';
import type { LiveMessage } from '../../src/gateway/messages.js';
import { ServerHome, ServerProcess } from '../support/server-process.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const MAIN = fileURLToPath(new URL('../../bin/ocr-queue.mjs', import.meta.url));
const DOCUMENTS = fileURLToPath(new URL('../documents/', import.meta.url));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const home = new ServerHome();

/** Runs the built command in the test's folder, with nothing of the caller's settings. */
function ocrQueue(args: readonly string[], environment: Record<string, string> = {}, main = MAIN): Promise<Outcome> {
  const { PATH, HOME } = process.env;
  const options = { cwd: home.folder, env: { PATH, HOME, ...environment } };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const jsonLines = <T>(text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

for (const name of ['phototest.tif', 'loremipsum-flat.pdf']) copyFileSync(join(DOCUMENTS, name), join(home.folder, name));
writeFileSync(join(home.folder, 'garbage.pdf'), 'not a document');

afterAll(() => home.remove());

describe('ocr-queue run', () => {
  it('says what to do where it is not built yet', async () => {
    const copy = join(home.folder, 'clone', 'bin', 'ocr-queue.mjs');
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(MAIN, copy);
    expect(await ocrQueue(['--help'], {}, copy)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('npm run build'),
    });
  });

  it('reads a document without a server and leaves the results beside it', async () => {
    const { code, stdout, stderr } = await ocrQueue(['run', 'phototest.tif', '--format', 'pdf,txt']);
    expect(stderr).toContain('phototest.tif: 1/1 pages');
    expect(stdout).toContain('phototest.tif: 1 page');
    expect(code).toBe(EXIT.ok);
    expect(readFileSync(join(home.folder, 'phototest.ocr.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
    expect(readFileSync(join(home.folder, 'phototest.ocr.txt'), 'utf8')).toContain('The quick brown dog jumped over the');
    expect(existsSync(join(home.folder, 'data'))).toBe(false); // it kept nothing of its own here
  });

  it('needs none of the ports a server is configured with', async () => {
    const server = await takenPort();
    const ports = { OCR_PORT: String(server.port), OCR_RPC_PORT: String(server.port) };
    const { code, stderr } = await ocrQueue(['run', 'phototest.tif', '-o', 'beside-a-server.txt'], ports);
    server.free();
    expect(stderr).not.toContain('Cannot listen');
    expect(code).toBe(EXIT.ok);
  });

  it('tells nobody whom the settings of a server name, and is not held to its queue', async () => {
    const receiver = await WebhookReceiver.start();
    const settings = {
      OCR_WEBHOOK_URL: receiver.url(),
      OCR_MAX_QUEUED_TASKS: '1',
      OCR_WEBHOOK_EVENTS: 'task.completed,task.cancelled,task.failed',
    };
    const { code, stderr } = await ocrQueue(['run', 'phototest.tif', 'loremipsum-flat.pdf', '-o', 'private/'], settings);
    await receiver.close();
    expect(receiver.received.map(({ body }) => body.type)).toEqual([]);
    expect(stderr).not.toContain('queue_full');
    expect(code).toBe(EXIT.ok);
  });

  it('tells scripts of each document, and of the one that failed by its code', async () => {
    const { code, stdout, stderr } = await ocrQueue(['run', 'phototest.tif', 'garbage.pdf', '-o', 'out/', '--json']);
    expect(code).toBe(EXIT.failed);
    expect(jsonLines(stdout)).toEqual([expect.objectContaining({ file: 'phototest.tif', status: 'completed' })]);
    expect(jsonLines(stderr)).toEqual([expect.objectContaining({ about: 'garbage.pdf', code: 'unsupported_document' })]);
    expect(existsSync(join(home.folder, 'out/phototest.ocr.pdf'))).toBe(true);
  });

  it('refuses to write over a document, or two results into one file', async () => {
    const over = await ocrQueue(['run', 'loremipsum-flat.pdf', '-o', 'loremipsum-flat.pdf']);
    expect(over).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining('overwritten') as string });
    copyFileSync(join(DOCUMENTS, 'phototest-rotated-180.png'), join(home.folder, 'phototest.png'));
    const both = await ocrQueue(['run', 'phototest.tif', 'phototest.png', '-o', 'out/']);
    expect(both).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining('Two results') as string });
  });
});

describe('ocr-queue against a server', () => {
  let server: ServerProcess;
  const remote = (...args: string[]) => ocrQueue(args, { OCR_URL: server.url });
  const spawned = (...args: string[]) => {
    const { PATH, HOME } = process.env;
    return spawn(process.execPath, [MAIN, ...args], { cwd: home.folder, env: { PATH, HOME, OCR_URL: server.url } });
  };
  /** What a command that goes on says first; then it is ended. */
  const firstLineOf = async (...args: string[]) => {
    const child = spawned(...args);
    for await (const line of createInterface({ input: child.stdout })) {
      child.kill();
      return line;
    }
    return undefined;
  };

  beforeAll(async () => {
    server = await ServerProcess.start(home);
  });
  afterAll(async () => {
    await server.end();
  });

  it('submits, watches to the end, shows, fetches and deletes', async () => {
    const submitted = await remote('submit', 'phototest.tif', '--priority', 'high', '--metadata', '{"case":"7"}');
    expect(submitted.code).toBe(EXIT.ok);
    const taskId = submitted.stdout.trim();

    const watched = await remote('watch', taskId, '--json');
    const messages = jsonLines<LiveMessage>(watched.stdout);
    expect(messages[0]).toMatchObject({ type: 'snapshot', task_id: taskId });
    expect(messages.at(-1)).toMatchObject({ status: 'completed', progress: 1 });
    expect(watched.code).toBe(EXIT.ok);

    const [task] = jsonLines<TaskDto>((await remote('status', taskId, '--json')).stdout);
    expect(task).toMatchObject({ status: 'completed', priority: 'HIGH', metadata: { case: '7' } });
    expect((await remote('result', taskId, '-f', 'txt', '-o', '-')).stdout).toContain('The quick brown dog');
    const [listed] = jsonLines<TaskListDto>((await remote('list', '--status', 'completed', '--json')).stdout);
    expect(listed?.tasks.map((each) => each.task_id)).toEqual([taskId]);
    expect((await remote('stats')).stdout).toMatch(/completed +1/);

    expect((await remote('delete', taskId)).stdout).toBe(`${taskId}  deleted\n`);
    expect(await remote('status', taskId, '--json')).toMatchObject({
      code: EXIT.failed,
      stdout: '',
      stderr: expect.stringContaining('"task_not_found"') as string,
    });
  });

  it('pauses, resumes and cancels, and says why it cannot', async () => {
    copyFileSync(join(DOCUMENTS, 'multipage.pdf'), join(home.inbox, 'multipage.pdf'));
    const taskId = (await remote('submit', '--on-server', 'multipage.pdf', '--mode', 'force')).stdout.trim();
    expect((await remote('pause', taskId)).stdout).toBe(`${taskId}  paused\n`);
    // The server may tell figures of a moment ago.
    const figures = /^Waiting: 0 tasks; 0 pages, those of running tasks too\. Paused: 1 task\./;
    await expect.poll(async () => (await remote('stats')).stdout, { timeout: 20_000 }).toMatch(figures);
    expect(await firstLineOf('watch', '--all')).toBe('0 tasks running, 0 waiting, 1 paused; 0 pages to read');
    expect((await remote('resume', taskId)).stdout).toMatch(/queued|running/);
    expect((await remote('cancel', taskId)).stdout).toBe(`${taskId}  cancelled\n`);
    expect(await remote('resume', taskId)).toMatchObject({
      code: EXIT.failed,
      stderr: expect.stringContaining('(invalid_transition)') as string,
    });
    expect((await remote('watch', taskId)).code).toBe(EXIT.failed);
  });

  it('does the others when one of several is refused, and says so', async () => {
    writeFileSync(join(home.folder, 'empty.tif'), '');
    const files = ['first.tif', 'empty.tif', 'loremipsum-flat.pdf'];
    copyFileSync(join(DOCUMENTS, 'phototest.tif'), join(home.folder, 'first.tif'));
    const told = await remote('submit', ...files);
    expect(told.code).toBe(EXIT.failed);
    const ids = told.stdout.trim().split('\n');
    expect(ids).toHaveLength(2);
    const [refusal, ...rest] = told.stderr.trimEnd().split('\n');
    expect(refusal).toMatch(/^empty\.tif: .+ \(damaged_document\)$/);
    expect(rest).toEqual(['Of 3: 2 done, 1 failed.']);

    const forScripts = await remote('submit', ...files, 'nowhere.tif', '--json');
    expect(jsonLines<{ target: string }>(forScripts.stdout).map(({ target }) => target)).toEqual([files[0], files[2]]);
    expect(jsonLines(forScripts.stderr)).toEqual([
      expect.objectContaining({ about: 'empty.tif', code: 'damaged_document' }),
      expect.objectContaining({ about: 'nowhere.tif' }),
    ]);

    const unknown = '0190d3a5-7e1c-7cc0-8000-000000000000';
    const shown = await remote('status', ids[0]!, unknown, ids[1]!, '--json');
    expect(jsonLines<TaskDto>(shown.stdout).map(({ task_id }) => task_id)).toEqual(ids);
    expect(jsonLines(shown.stderr)).toEqual([expect.objectContaining({ about: unknown, code: 'task_not_found' })]);
    expect(shown.code).toBe(EXIT.failed);
  });

  it('says how a document is read, for whom, and what a retry does differently', async () => {
    const how = [
      '--tenant',
      'acme',
      '--preprocess',
      'invert',
      '--no-preprocess',
      'deskew',
      '--no-cache',
      '--text-chunk-size',
      '9',
    ];
    copyFileSync(join(DOCUMENTS, 'password.pdf'), join(home.folder, 'password.pdf'));
    const taskId = (await remote('submit', 'password.pdf', ...how)).stdout.trim();
    expect((await remote('watch', taskId)).code).toBe(EXIT.failed);
    const shown = async () => jsonLines<TaskDto>((await remote('status', taskId, '--json')).stdout)[0];
    const preprocess = { invert: true, deskew: false };
    expect((await shown())?.options).toMatchObject({ preprocess, cache: false, text_chunk_size: 9 });
    expect((await remote('retry', taskId, '--password', 'password', '--dpi', '150', '--cache')).code).toBe(EXIT.ok);
    expect((await remote('watch', taskId)).code).toBe(EXIT.ok);
    expect((await shown())?.options).toMatchObject({ preprocess, dpi: 150, cache: true });

    const documents = [{ document_path: 'multipage.pdf', tenant: 'acme' }];
    const { batch_id } = await server.post<{ batch_id: string }>('/api/ocr/tasks/batch', { documents });
    const listed = async (...filter: string[]) => {
      const [found] = jsonLines<TaskListDto>((await remote('list', '--json', ...filter)).stdout);
      return found?.tasks.map(({ task_id }) => task_id);
    };
    const [inBatch, ...more] = (await listed('--batch', batch_id)) ?? [];
    expect(more).toEqual([]);
    expect(await listed('--tenant', 'acme')).toEqual([inBatch, taskId]);
    expect(await listed('--tenant', 'nobody')).toEqual([]);
    await remote('cancel', inBatch!);
  });

  it('names who is told how a document ends', async () => {
    const webhook = ['--webhook-url', 'https://me:geheim@203.0.114.1/hooks', '--webhook-events', 'task.failed,task.retried'];
    const taskId = (await remote('submit', '--on-server', 'multipage.pdf', ...webhook)).stdout.trim();
    const [task] = jsonLines<TaskDto>((await remote('status', taskId, '--json')).stdout);
    expect(task?.options).toMatchObject({
      webhook_url: 'https://203.0.114.1/hooks',
      webhook_events: ['task.failed', 'task.retried'],
    });
    await remote('cancel', taskId);
    const refused = { code: EXIT.failed, stderr: expect.stringContaining('(webhook_not_allowed)') as string };
    expect(await remote('submit', '--on-server', 'multipage.pdf', '--webhook-url', 'http://127.0.0.1/')).toMatchObject(refused);
    const unknown = await remote('submit', '--on-server', 'multipage.pdf', '--webhook-events', 'chunk.completed');
    expect(unknown).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining('Events are: task.completed') as string });
  });

  it('says that a file cannot be read, not that there is no server, and does the others', async () => {
    mkdirSync(join(home.folder, 'folder.pdf'));
    for (const [file, why] of [
      ['folder.pdf', 'is a folder'],
      ['nowhere.pdf', 'does not exist here. If it is a path of the server, say --on-server'],
    ] as const) {
      expect(await remote('submit', file)).toMatchObject({
        code: EXIT.noInput,
        stderr: expect.stringContaining(`${file} ${why}`) as string,
      });
    }
    // One that grows while it is sent: what was opened is no more what is there.
    const client = new ApiClient({ url: server.url });
    const growing = join(home.folder, 'growing.pdf');
    writeFileSync(growing, 'begun');
    const uploading = client.upload(growing, {});
    appendFileSync(growing, 'and gone on with');
    await expect(uploading).rejects.toMatchObject({ exitCode: EXIT.noInput });
  });

  it('ends a watch by a signal with the exit code of that signal', async () => {
    for (const [signal, code] of [
      ['SIGINT', EXIT.interrupted],
      ['SIGTERM', EXIT.terminated],
    ] as const) {
      const child = spawned('watch', '--all');
      await once(child.stdout, 'data');
      child.kill(signal);
      expect((await once(child, 'exit'))[0]).toBe(code);
    }
  });

  it('lets the server do the work of run', async () => {
    const { code } = await remote('run', 'phototest.tif', '--url', server.url, '-o', 'by-server.txt');
    expect(code).toBe(EXIT.ok);
    expect(readFileSync(join(home.folder, 'by-server.txt'), 'utf8')).toContain('The quick brown dog');
  });
});

describe('what goes wrong before any work', () => {
  it.each([
    ['an unknown command', ['frobnicate'], EXIT.usage, 'frobnicate'],
    ['an unknown format', ['run', 'phototest.tif', '-f', 'docx'], EXIT.usage, 'Formats are'],
    ['a file that does not exist', ['run', 'missing.pdf'], EXIT.noInput, 'missing.pdf does not exist'],
    ['a server that is not there', ['list', '--url', 'http://127.0.0.1:9'], EXIT.unavailable, 'No OCR Queue server answers'],
    ['an address that is none', ['list', '--url', 'somewhere'], EXIT.config, '--url is not valid'],
  ])('%s', async (_name, args, code, message) => {
    expect(await ocrQueue(args)).toMatchObject({ code, stderr: expect.stringContaining(message) as string });
  });

  it('tries no further documents where no server is, and says how many', async () => {
    const outcome = await ocrQueue(['submit', 'phototest.tif', 'loremipsum-flat.pdf', '--url', 'http://127.0.0.1:9']);
    expect(outcome.code).toBe(EXIT.unavailable);
    expect(outcome.stderr).toMatch(/No OCR Queue server answers[^]+\nOf 2: 0 done, 1 failed, 1 not tried\.\n$/);
  });

  it('a wrong setting stops the server, named by its variable', async () => {
    const outcome = await ocrQueue(['serve'], { OCR_CHUNK_SIZE: 'many' });
    expect(outcome).toMatchObject({
      code: EXIT.config,
      stderr: expect.stringContaining('OCR_CHUNK_SIZE is not valid') as string,
    });
  });

  it.each([
    ['OCR_PORT', (port: string) => ['--port', port], () => ({})],
    ['OCR_RPC_PORT', () => ['--port', '0'], (port: string) => ({ OCR_RPC_PORT: port })],
  ])('a port that is taken stops the server before it joins the queue, and %s is named', async (variable, args, settings) => {
    const { port, free } = await takenPort();
    const outcome = await ocrQueue(['serve', '--data-dir', 'unused', ...args(String(port))], settings(String(port)));
    free();
    expect(outcome.stderr).toContain(`Cannot listen on 127.0.0.1, port ${port}: something listens there already.`);
    expect(outcome.stderr).toContain(`with ${variable} (0`);
    expect(outcome.code).toBe(EXIT.cannotListen);
    expect(existsSync(join(home.folder, 'unused'))).toBe(false);
  });

  it('one port for two purposes stops the server too', async () => {
    const { port, free } = await takenPort();
    free();
    const both = { OCR_HOST: '0.0.0.0', OCR_PORT: String(port), OCR_RPC_PORT: String(port) };
    const outcome = await ocrQueue(['serve', '--data-dir', 'unused'], both);
    expect(outcome).toMatchObject({ code: EXIT.cannotListen, stderr: expect.stringContaining('OCR_RPC_PORT') as string });
    expect(existsSync(join(home.folder, 'unused'))).toBe(false);
  });

  it('the remote calls’ port is nothing to a process that answers none', async () => {
    const { port, free } = await takenPort();
    const settings = { ...home.environment, OCR_DATA_DIR: join(home.folder, 'worker'), OCR_RPC_PORT: String(port) };
    const server = await ServerProcess.start(home, { ...settings, OCR_ROLES: 'worker' });
    expect(await server.end()).toBe(0);
    free();
  });
});

async function takenPort(): Promise<{ port: number; free: () => void }> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  return { port: (holder.address() as AddressInfo).port, free: () => void holder.close() };
}
