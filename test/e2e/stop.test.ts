import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ServerHome, ServerProcess } from '../support/server-process.js';

const home = new ServerHome();
let server: ServerProcess;

beforeAll(async () => {
  server = await ServerProcess.start(home, { OCR_SHUTDOWN_GRACE: '1' });
});
afterAll(async () => {
  await server.end('SIGKILL');
  home.remove();
});

it('stops in order though a client keeps a connection open without asking anything, as browsers do in advance', async () => {
  const { hostname, port } = new URL(server.url);
  const client = connect(Number(port), hostname);
  client.on('error', () => {}); // it is cut off
  await once(client, 'connect');
  // The server has taken the connection before it answers a later one.
  await server.get('/api/ocr/tasks');
  expect(await server.end('SIGTERM')).toBe(0);
  expect(server.output).not.toContain('takes too long');
  client.destroy();
});
