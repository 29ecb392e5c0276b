import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { hasProgram } from '../support/programs.js';
import { DOCUMENTS } from '../support/scans.js';
import { finished, ServerHome, ServerProcess, type TaskView } from '../support/server-process.js';

interface ResultJson {
  page_count: number;
  pages: { page: number; source: string; width: number; blocks: unknown[] }[];
}

describe('the main job', () => {
  const home = new ServerHome();
  let server: ServerProcess;

  beforeAll(async () => {
    for (const name of ['multipage.pdf', 'phototest.tif']) copyFileSync(`${DOCUMENTS}${name}`, join(home.inbox, name));
    server = await ServerProcess.start(home);
  });
  afterAll(async () => {
    expect(await server.end()).toBe(0);
    home.remove();
  });

  it(
    'takes a six-page scan in, tells of its progress live, and gives a searchable PDF, text and JSON',
    { timeout: 120_000 },
    async () => {
      const { task_id: taskId } = await server.post<TaskView>('/api/ocr/tasks', {
        document_path: join(home.inbox, 'multipage.pdf'),
        priority: 'HIGH',
        options: { language: 'eng', output_path: `${home.outbox}/` },
        metadata: { description: 'Document technique' },
      });
      const told = await watch(server, taskId);
      expect(told[0]).toMatchObject({ type: 'snapshot' });
      const progress = told.map((message) => message.progress);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
      expect(new Set(progress.filter((value) => value > 0 && value < 1)).size).toBeGreaterThanOrEqual(3);
      expect(told.at(-1)).toMatchObject({ progress: 1, status: 'completed' });

      const task = await server.get<TaskView>(`/api/ocr/tasks/${taskId}`);
      expect(task).toMatchObject({ status: 'completed', progress: 1, pages: { total: 6, done: 6, failed: 0 } });
      const text = await server.text(`/api/ocr/tasks/${taskId}/result?format=txt`);
      expect(text.split('\f')).toHaveLength(6);
      expect(text).toContain('went tip-toeing along a path');
      const json = await server.get<ResultJson>(`/api/ocr/tasks/${taskId}/result?format=json`);
      expect(json.page_count).toBe(6);
      expect(json.pages.map((page) => page.page)).toEqual([1, 2, 3, 4, 5, 6]);
      const pdf = Buffer.from(await (await fetch(`${server.url}/api/ocr/tasks/${taskId}/result`)).arrayBuffer());
      const source = readFileSync(join(home.inbox, 'multipage.pdf'));
      expect(pdf.subarray(0, source.length).equals(source)).toBe(true);
      expect(readFileSync(join(home.outbox, 'multipage.pdf')).equals(pdf)).toBe(true);

      if (hasProgram('pdftotext')) {
        const read = execFileSync('pdftotext', [join(home.outbox, 'multipage.pdf'), '-'], { encoding: 'utf8' });
        expect(read).toContain('went tip-toeing along a path');
      }
      if (hasProgram('qpdf')) {
        expect(execFileSync('qpdf', ['--check', join(home.outbox, 'multipage.pdf')], { encoding: 'utf8' })).toContain(
          'No syntax or stream',
        );
      }
    },
  );

  it('reads phototest.tif word for word', async () => {
    const { task_id: taskId } = await server.post<TaskView>('/api/ocr/tasks', { document_path: 'phototest.tif' });
    expect((await finished(server, taskId)).status).toBe('completed');
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    const read = await server.text(`/api/ocr/tasks/${taskId}/result?format=txt`);
    expect(words(read)).toEqual(words(readFileSync(`${DOCUMENTS}phototest.txt`, 'utf8')));
  });

  it('takes an upload, and gives a page while the rest still runs', { timeout: 120_000 }, async () => {
    const form = new FormData();
    form.set('file', new Blob([readFileSync(`${DOCUMENTS}multipage.pdf`)]), 'scan of a book.pdf');
    form.set('options', JSON.stringify({ chunk_size: 1, formats: ['txt'] }));
    const uploaded = await fetch(`${server.url}/api/ocr/upload`, { method: 'POST', body: form });
    expect(uploaded.status).toBe(202);
    const { task_id: taskId } = (await uploaded.json()) as TaskView;
    const early: string[] = [];
    for (;;) {
      const task = await server.get<TaskView>(`/api/ocr/tasks/${taskId}`);
      if (task.status === 'running' && task.pages.done > 0 && early.length === 0) {
        for (let page = 1; page <= 6; page++) {
          const response = await fetch(`${server.url}/api/ocr/tasks/${taskId}/pages/${page}`);
          if (response.ok) early.push(((await response.json()) as { text: string }).text);
        }
      }
      if (task.status === 'completed') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(early.length).toBeGreaterThan(0);
    const missing = await fetch(`${server.url}/api/ocr/tasks/${taskId}/result?format=pdf`);
    expect(missing.status).toBe(404);
    const result = await fetch(`${server.url}/api/ocr/tasks/${taskId}/result?format=txt`);
    expect(result.headers.get('content-disposition')).toContain('scan of a book.txt');
  });

  it('writes what happened to its three logs, as JSON lines', async () => {
    const linesOf = (name: string) =>
      readFileSync(join(home.logs, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(linesOf('ocr_queue.log').length).toBeGreaterThan(0);
    expect(linesOf('tasks.log').every((line) => typeof line.task_id === 'string')).toBe(true);
    const calls = linesOf('api.log').filter((line) => 'route' in line);
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.every((line) => typeof line.request_id === 'string')).toBe(true);
  });
});

interface Told {
  type: string;
  status: string;
  progress: number;
}

/** Follows a task the way the product's description shows it, until it is completed. */
function watch(server: ServerProcess, taskId: string): Promise<Told[]> {
  const told: Told[] = [];
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/ocr/task/${taskId}`);
    socket.onmessage = (event) => {
      const data = JSON.parse(String(event.data)) as Told;
      told.push(data);
      if (data.status === 'completed' && data.progress === 1) {
        socket.close();
        resolve(told);
      }
    };
    socket.onerror = (event) => reject(new Error(event.message));
  });
}
