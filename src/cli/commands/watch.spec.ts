import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { EXIT } from '../../exit-codes.js';
import type { ApiClient } from '../api-client.js';
import { Terminal } from '../terminal.js';
import { watch } from './watch.js';

/** Keeps what is told to scripts. */
class Recorder extends Terminal {
  readonly told: unknown[] = [];

  constructor() {
    super(true);
  }

  override data(value: unknown): void {
    this.told.push(value);
  }
}

/** Watches a task of a server that says these things of it. */
async function watchOf(messages: readonly object[]): Promise<{ code: number; told: unknown[] }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => messages.forEach((message) => socket.send(JSON.stringify(message))));
  await once(server, 'listening');
  const client = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: {} } as ApiClient;
  const terminal = new Recorder();
  const code = await watch('a', {}, client, terminal);
  server.close();
  return { code, told: terminal.told };
}

const state = { task_id: 'a', status: 'completed', progress: 1, pages_total: 1, pages_done: 1, pages_failed: 0, eta_seconds: 0 };

it('tells of how a task ended, also where its progress was told first', async () => {
  const messages = [
    { ...state, type: 'snapshot', status: 'running', last_event_id: '1' },
    { ...state, type: 'progress' },
    { ...state, type: 'status', event: { id: '2', type: 'merge.completed', data: {}, created_at: 'now' } },
    { ...state, type: 'status', event: { id: '3', type: 'task.completed', data: {}, created_at: 'now' } },
  ];
  expect(await watchOf(messages)).toEqual({ code: EXIT.ok, told: messages });
});

it('ends at once where the task has ended before', async () => {
  const messages = [{ ...state, type: 'snapshot', status: 'failed', last_event_id: '1' }];
  expect(await watchOf(messages)).toEqual({ code: EXIT.failed, told: messages });
});
