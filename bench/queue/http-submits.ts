import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { BenchServer } from './bench-server.js';
import { ProductServer } from './server.js';
import { percentile, printTable } from './statistics.js';

const SAMPLE = new URL('../../test/documents/c02-22.pdf', import.meta.url).pathname;
const SECONDS = 5;
/** Before them, uncounted: a server that has just started is slower. */
const WARM_UP_SECONDS = 2;

/** 3. Submissions through the real HTTP API, one by one with validation and idempotency, and in bulk. */
export async function measureSubmits(server: BenchServer): Promise<void> {
  const url = await server.createDatabase('submits');
  const product = await ProductServer.start(url, { OCR_ROLES: 'api', OCR_MAX_QUEUED_TASKS: '10000000' });
  copyFileSync(SAMPLE, join(product.inbox, 'scan.pdf'));
  const rows: (string | number)[][] = [];
  try {
    for (const connections of [1, 16]) {
      const times = await submit(product.url, connections);
      rows.push([`one by one, ${connections} conn.`, Math.round(times.length / SECONDS), ...tail(times)]);
    }
    const times = await submitBatches(product.url);
    rows.push(['in bulk of 1,000', Math.round((times.length * 1000) / SECONDS), ...tail(times)]);
  } finally {
    await product.stop();
  }
  printTable('Submissions through the HTTP API', ['how', 'documents a second', 'p50 ms a call', 'p95 ms a call'], rows);
}

const BODY = { document_path: 'scan.pdf', priority: 'NORMAL', options: { language: 'eng' }, metadata: { source: 'bench' } };

async function submit(url: string, connections: number): Promise<number[]> {
  const body = JSON.stringify(BODY);
  return calls(url, connections, '/api/ocr/tasks', () => body);
}

async function submitBatches(url: string): Promise<number[]> {
  const body = JSON.stringify({ documents: Array.from({ length: 1000 }, () => BODY) });
  return calls(url, 1, '/api/ocr/tasks/batch', () => body);
}

async function calls(url: string, connections: number, path: string, body: () => string): Promise<number[]> {
  await callsFor(WARM_UP_SECONDS, url, connections, path, body);
  return callsFor(SECONDS, url, connections, path, body);
}

async function callsFor(seconds: number, url: string, connections: number, path: string, body: () => string): Promise<number[]> {
  const pool = new Pool(url, { connections });
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const loop = async () => {
    while (performance.now() < end) {
      const asked = performance.now();
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      const response = await pool.request({ method: 'POST', path, headers, body: body() });
      await response.body.dump();
      if (response.statusCode !== 202) throw new Error(`${path} answered ${response.statusCode}`);
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  await pool.close();
  return times;
}

function tail(times: number[]): string[] {
  return [percentile(times, 0.5).toFixed(1), percentile(times, 0.95).toFixed(1)];
}
