import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ApiClient } from './api-client.js';
import { liveMessages } from './live-feed.js';

const event = (id: string, replayed?: true) => ({
  type: 'status',
  event: { id, type: 'task.paused', data: {}, created_at: `at ${id}` },
  replayed,
});

it('comes back with the largest id it heard of, and tells nothing twice that the server tells again', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const asked: (string | undefined)[] = [];
  const stop = new AbortController();
  server.on('connection', (socket, request) => {
    asked.push(request.url);
    const told = [
      [{ type: 'snapshot', tasks: [], last_event_id: '3' }, event('5'), event('4')],
      [{ type: 'snapshot', tasks: [], last_event_id: '6' }, event('2', true), event('4', true), event('6', true)],
    ][asked.length - 1]!;
    for (const message of told) socket.send(JSON.stringify(message));
    socket.close();
  });
  await once(server, 'listening');
  const client = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: {} } as ApiClient;
  const ids: (string | undefined)[] = [];
  for await (const message of liveMessages(client, 'all', { signal: stop.signal })) {
    if (message.type === 'snapshot' || message.type === 'stats') continue;
    ids.push(message.event?.id);
    if (message.event?.id === '6') stop.abort();
  }
  server.close();
  expect(ids).toEqual(['5', '4', '2', '6']);
  expect(asked).toEqual(['/ws/ocr/all', '/ws/ocr/all?after=5']);
});
