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

it('stops in order though a client does not take its answers', async () => {
  const { hostname, port } = new URL(server.url);
  const client = connect(Number(port), hostname);
  client.on('error', () => {}); // it is cut off
  client.pause();
  // More answers than the sockets' buffers hold.
  const request = `GET /api/openapi.json HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
  await new Promise((resolve) => client.write(request.repeat(300), resolve));
  await server.get('/api/ocr/tasks');
  expect(await server.end('SIGTERM')).toBe(0);
  expect(server.output).not.toContain('takes too long');
  client.destroy();
});
