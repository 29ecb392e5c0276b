import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchange } from './http-exchange.js';

describe('exchange', () => {
  it.each([100_000, 3_000_000])('reads %d bytes slowly of a server that closes the connection behind them', async (length) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`);
        socket.end(Buffer.alloc(length, 65));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { signal } = new AbortController();
    for (let again = 0; again < 3; again++) {
      const answer = await exchange(url, { method: 'POST', headers: {}, body: 'page', signal });
      let bytes = 0;
      for await (const part of answer as AsyncIterable<Buffer>) {
        bytes += part.length;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(bytes).toBe(length);
    }
    server.close();
  });
});
