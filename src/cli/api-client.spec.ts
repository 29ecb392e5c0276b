import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-codes.js';
import { ApiClient } from './api-client.js';

describe('an answer that is none of an OCR Queue server', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it.each([
    [413, EXIT.failed],
    [403, EXIT.failed],
    [502, EXIT.unavailable],
    [503, EXIT.unavailable],
    [404, EXIT.unavailable],
    [200, EXIT.unavailable],
  ])('of status %i, as a proxy gives it, ends with %i', async (status, exitCode) => {
    server = createServer((_, response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<html></html>'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = new ApiClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: undefined });
    await expect(client.task('01a21e41-4022-755c-ac98-5fb26bc5da29')).rejects.toMatchObject({ exitCode });
  });
});
