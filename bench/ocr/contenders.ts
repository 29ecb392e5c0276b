import { spawn } from 'node:child_process';
import { on } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createScheduler, createWorker, OEM } from 'tesseract.js';
import { WebSocket } from 'ws';
import type { ProductServer } from '../queue/server.js';

/** Pages worked on at the same time: the cores of the machine the figures are from. */
export const JOBS = 2;

const FINAL = new Set(['completed', 'completed_with_errors', 'failed', 'cancelled']);

/** What a document became, and how long it took. */
export interface Reading {
  seconds: number;
  /** Text of each page, where the contender tells. */
  pages: string[];
}

/** A document through the running product: submitted, waited for, its text fetched. The time ends when the task is completed. */
export async function throughQueue(server: ProductServer, path: string, options: object): Promise<Reading> {
  const started = performance.now();
  const submitted = await call<{ task_id: string }>(server, '/api/ocr/tasks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // What one run has read must not help the next.
    body: JSON.stringify({ document_path: basename(path), options: { ...options, cache: false } }),
  });
  const status = await finalStatus(server, submitted.task_id);
  if (status !== 'completed') throw new Error(`The task is ${status}.`);
  const seconds = (performance.now() - started) / 1000;
  const text = await (await fetch(`${server.url}/api/ocr/tasks/${submitted.task_id}/result?format=txt`)).text();
  return { seconds, pages: text.split('\f') };
}

/** Follows a task over the WebSocket, which costs the server less than being asked again and again. */
async function finalStatus(server: ProductServer, taskId: string): Promise<string> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/ocr/task/${taskId}`);
  try {
    for await (const [data] of on(socket, 'message') as AsyncIterable<[Buffer]>) {
      const { status } = JSON.parse(data.toString()) as { status?: string };
      if (status !== undefined && FINAL.has(status)) return status;
    }
    throw new Error('The socket has ended.');
  } finally {
    socket.close();
  }
}

/** One call of the API; throws when it is refused. */
export async function call<T>(server: ProductServer, path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${server.url}${path}`, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** OCRmyPDF with these options. */
export async function ocrMyPdf(path: string, options: readonly string[]): Promise<Reading> {
  const output = join(dirname(path), 'ocrmypdf.pdf');
  const sidecar = join(dirname(path), 'ocrmypdf.txt');
  const started = performance.now();
  await run('ocrmypdf', ['--quiet', '--jobs', String(JOBS), '-l', 'eng', '--sidecar', sidecar, ...options, path, output]);
  const seconds = (performance.now() - started) / 1000;
  const pages = (await readFile(sidecar, 'utf8')).split('\f');
  await rm(output);
  return { seconds, pages };
}

/** Processes of tesseract on ready page images: the limit of what the native engine can do. */
export async function rawTesseract(images: readonly string[], tessdata: string): Promise<Reading> {
  const started = performance.now();
  const pages: string[] = [];
  const rest = images.entries();
  const work = async () => {
    for (const [index, image] of rest) {
      pages[index] = await run('tesseract', [image, 'stdout', '--tessdata-dir', tessdata, '-l', 'eng'], {
        OMP_THREAD_LIMIT: '1',
      });
    }
  };
  await Promise.all(Array.from({ length: JOBS }, work));
  return { seconds: (performance.now() - started) / 1000, pages };
}

/** tesseract.js with as many workers as cores on ready page images, the workers started before the time begins. */
export async function rawTesseractJs(images: readonly string[], tessdata: string): Promise<Reading> {
  const scheduler = createScheduler();
  for (let n = 0; n < JOBS; n++) {
    scheduler.addWorker(await createWorker('eng', OEM.LSTM_ONLY, { langPath: tessdata, cacheMethod: 'none', gzip: false }));
  }
  const started = performance.now();
  const read = images.map(async (image) => (await scheduler.addJob('recognize', await readFile(image))).data.text);
  const pages = await Promise.all(read);
  const seconds = (performance.now() - started) / 1000;
  await scheduler.terminate();
  return { seconds, pages };
}

function run(program: string, args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}: ${errors}`))));
  });
}
