import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { BodyLimits } from './measured-body.js';
import { UrlFetcher, type UrlFetcherOptions } from './url-fetcher.js';

const HERE = '127.0.0.1';
/** A second loopback address: Linux answers on all of 127.0.0.0/8. */
const FORBIDDEN = '127.0.0.2';

describe('UrlFetcher', () => {
  let server: Server | undefined;
  let requests: IncomingMessage[] = [];

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    requests = [];
  });

  const serve = async (answer: RequestListener): Promise<number> => {
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    }).listen(0);
    await new Promise((done) => server?.once('listening', done));
    return (server.address() as AddressInfo).port;
  };
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(code, headers).end('body');

  const fetcher = (more: Partial<UrlFetcherOptions> = {}) =>
    new UrlFetcher({ timeout: 30, maxBytes: 1_000_000, allowPrivate: true, ...more });
  const text = async (body: Readable, { maxBytes = 0, signal }: BodyLimits) => {
    let seen = '';
    for await (const chunk of body) {
      signal?.throwIfAborted();
      seen += chunk;
      if (seen.length > maxBytes) throw new Error('over the limit');
    }
    return seen;
  };
  const refused = expect.objectContaining({ code: 'url_not_allowed' });

  it.each([
    'file:///etc/passwd',
    'ftp://example.com/a.pdf',
    'gopher://example.com/',
    'javascript:alert(1)',
    'data:text/plain,x',
    'no address',
    '',
    'http://',
    'http://169.254.169.254/latest/meta-data/',
    'http://0.0.0.0/',
    'http://0/',
  ])('never takes %j', async (url) => {
    await expect(fetcher().check(url)).rejects.toEqual(refused);
    await expect(fetcher().fetch(url, text)).rejects.toEqual(refused);
  });

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    'localhost',
    '127。0。0。1',
  ])('reaches this machine as %s only where private addresses are allowed', async (host) => {
    const port = await serve(status(200));
    const url = `http://${host}:${port}/`;
    const strict = fetcher({ allowPrivate: false });
    await expect(strict.check(url)).rejects.toEqual(refused);
    await expect(strict.fetch(url, text)).rejects.toEqual(refused);
    expect(requests).toHaveLength(0);
    await fetcher().check(url);
    expect(await fetcher().fetch(url, text)).toBe('body');
  });

  it('follows redirects, but not to an address that is forbidden', async () => {
    const guarded = fetcher({ isAllowed: (address) => address === HERE });
    const port = await serve((request, response) => {
      const target = new URL(request.url ?? '', 'http://x').searchParams.get('to');
      if (target === null) response.end('arrived');
      else response.writeHead(302, { location: target }).end();
    });
    const through = (target: string) => guarded.fetch(`http://${HERE}:${port}/?to=${encodeURIComponent(target)}`, text);
    expect(await through('/relative')).toBe('arrived');
    requests = [];
    await expect(through(`http://${FORBIDDEN}:${port}/secret`)).rejects.toEqual(refused);
    await expect(through('file:///etc/passwd')).rejects.toEqual(refused);
    await expect(through(`http://2130706434:${port}/secret`)).rejects.toEqual(refused);
    expect(requests.map(({ url }) => url)).not.toContain('/secret');
    await expect(through('http://[')).rejects.toMatchObject({ code: 'url_fetch_failed', retryable: false });
  });

  it('follows five redirects and no more', async () => {
    const port = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('arrived');
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    expect(await fetcher().fetch(`http://${HERE}:${port}/5`, text)).toBe('arrived');
    await expect(fetcher().fetch(`http://${HERE}:${port}/6`, text)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      retryable: false,
    });
  });

  it('refuses a name when one of its addresses is forbidden', async () => {
    const port = await serve(status(200));
    const resolve = async () => [
      { address: HERE, family: 4 },
      { address: FORBIDDEN, family: 4 },
    ];
    const guarded = fetcher({ resolve, isAllowed: (address) => address === HERE });
    await expect(guarded.check(`http://mixed.test:${port}/`)).rejects.toEqual(refused);
    await expect(guarded.fetch(`http://mixed.test:${port}/`, text)).rejects.toEqual(refused);
    expect(requests).toHaveLength(0);
  });

  it('judges the very answer it connects to when a name changes its mind', async () => {
    const askedAt: unknown[] = [];
    const port = await serve((request, response) => {
      askedAt.push(request.socket.localAddress);
      response.end('body');
    });
    const answers = [HERE, FORBIDDEN, HERE];
    const resolve = async () => [{ address: answers.shift() ?? FORBIDDEN, family: 4 }];
    const guarded = fetcher({ resolve, isAllowed: (address) => address === HERE });
    const url = `http://rebinding.test:${port}/`;
    await guarded.check(url);
    await expect(guarded.fetch(url, text)).rejects.toEqual(refused);
    expect(requests).toHaveLength(0);
    expect(await guarded.fetch(url, text)).toBe('body');
    expect(askedAt).toEqual([expect.stringContaining(HERE)]);
  });

  it.each([
    ['ENOTFOUND', 'The host name of the address is unknown'],
    ['EAI_AGAIN', 'The host name of the address cannot be looked up at the moment'],
    ['ECONNREFUSED', 'The server of the address refuses connections'],
    ['CERT_HAS_EXPIRED', 'The certificate of the address’s server is not valid'],
    ['EOTHER', 'The document could not be fetched from its address'],
  ])('says why it could not connect: %s', async (code, message) => {
    const resolve = () => Promise.reject(Object.assign(new Error('internal words'), { code }));
    await expect(fetcher({ resolve }).fetch('http://some.test/', text)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      message,
    });
  });

  it('lets a name pass the check that cannot be resolved now, and tries it again later', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('later'), { code: 'EAI_AGAIN' }));
    const offline = fetcher({ resolve });
    await offline.check('http://later.test/');
    await expect(offline.fetch('http://later.test/', text)).rejects.toMatchObject({ code: 'url_fetch_failed', retryable: true });
  });

  it('lets a name pass the check that takes too long, and judges it when it connects', async () => {
    const later: ((addresses: { address: string; family: number }[]) => void)[] = [];
    const slow = fetcher({
      resolve: () => new Promise((resolve) => later.push(resolve)),
      isAllowed: (address) => address === HERE,
      patience: 1,
    });
    await slow.check('http://slow.test/');
    const fetching = slow.fetch('http://slow.test/', text);
    while (later.length < 2) await new Promise(setImmediate);
    for (const answer of later) answer([{ address: FORBIDDEN, family: 4 }]);
    await expect(fetching).rejects.toEqual(refused);
  });

  it.each([
    { code: 400, retryable: false },
    { code: 401, retryable: false },
    { code: 404, retryable: false },
    { code: 408, retryable: true },
    { code: 429, retryable: true },
    { code: 500, retryable: true },
    { code: 503, retryable: true },
    { code: 204, retryable: false },
    { code: 304, retryable: false },
  ])('turns the answer $code into an error, retryable: $retryable', async ({ code, retryable }) => {
    const port = await serve(status(code, { 'retry-after': '7' }));
    await expect(fetcher().fetch(`http://${HERE}:${port}/`, text)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      retryable,
      retryAfter: 7,
      message: `The address answered ${code}`,
    });
  });

  it('understands a date to wait for', async () => {
    const port = await serve(status(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }));
    const error = await fetcher()
      .fetch(`http://${HERE}:${port}/`, text)
      .catch((caught: { retryAfter: number }) => caught);
    expect(error).toMatchObject({ retryAfter: expect.any(Number) });
    expect((error as { retryAfter: number }).retryAfter).toBeGreaterThan(50);
  });

  it('refuses an announced size over the limit without reading it', async () => {
    const port = await serve((_, response) => void response.writeHead(200, { 'content-length': '2000000' }).write('x'));
    const fetching = fetcher().fetch(`http://${HERE}:${port}/`, () => Promise.reject(new Error('was read')));
    await expect(fetching).rejects.toMatchObject({ code: 'document_too_large' });
  });

  it('refuses an encoding it did not ask for', async () => {
    const port = await serve(status(200, { 'content-encoding': 'gzip' }));
    await expect(fetcher().fetch(`http://${HERE}:${port}/`, text)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      retryable: false,
    });
    expect(requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it.each(['before the answer', 'in the middle of the body'])('gives up after the time limit: a silence %s', async (when) => {
    const port = await serve((_, response) => {
      if (when !== 'before the answer') response.write('half');
    });
    await expect(fetcher({ timeout: 0.2 }).fetch(`http://${HERE}:${port}/`, text)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      retryable: true,
    });
  });

  it('can be tried again when the connection breaks in the middle', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(fetcher().fetch(`http://${HERE}:${port}/`, text)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      retryable: true,
    });
  });

  describe('from a server on bare sockets', () => {
    const SIZES = [90_000, 483_256];
    let bare: ReturnType<typeof createSocketServer> | undefined;
    const sockets = new Set<Socket>();

    afterEach(() => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      bare?.close();
    });

    const answering = async (answer: (socket: Socket) => void): Promise<string> => {
      bare = createSocketServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).once('data', () => answer(socket));
      }).listen(0, HERE);
      await new Promise((done) => bare?.once('listening', done));
      return `http://${HERE}:${(bare.address() as AddressInfo).port}/`;
    };
    /** Reads more slowly than the network gives. */
    const slowly = async (body: Readable, { signal }: BodyLimits) => {
      await pause(100);
      let size = 0;
      for await (const chunk of body) {
        signal?.throwIfAborted();
        size += (chunk as Buffer).length;
        await pause(2);
      }
      return size;
    };

    it.each(
      SIZES.flatMap((size) => [
        { size, head: `HTTP/1.0 200 OK\r\nContent-Length: ${size}\r\n\r\n` },
        { size, head: `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n` },
        { size, head: 'HTTP/1.1 200 OK\r\n\r\n' },
      ]),
    )('reads all $size bytes behind $head though the connection is closed before they are read', async ({ size, head }) => {
      const url = await answering((socket) => {
        socket.write(head);
        socket.end(Buffer.alloc(size, 'x'));
      });
      expect(await fetcher().fetch(url, slowly)).toBe(size);
    });

    it.each([
      { what: 'of a length', head: `Content-Length: 200000\r\n\r\n` },
      { what: 'in chunks', head: 'Transfer-Encoding: chunked\r\n\r\n30d40\r\n' },
    ])('never takes half a body $what for the whole', async ({ head }) => {
      const url = await answering((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\n${head}`);
        socket.end(Buffer.alloc(150_000, 'x'));
      });
      await expect(fetcher().fetch(url, slowly)).rejects.toMatchObject({ code: 'url_fetch_failed', retryable: true });
    });

    it.each(['HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n', 'SSH-2.0-OpenSSH_9.6\r\n', ''])(
      'fails at an answer that is none: %j',
      async (answer) => {
        const url = await answering((socket) => socket.end(answer));
        await expect(fetcher({ timeout: 5 }).fetch(url, text)).rejects.toMatchObject({
          code: 'url_fetch_failed',
          retryable: true,
        });
      },
    );

    it.each(['nobody reads', 'is read slowly'])(
      'stops in the middle of a body that %s, and leaves no connection',
      async (how) => {
        const abort = new AbortController();
        const reason = new Error('cancelled');
        let closed: Promise<unknown> | undefined;
        const url = await answering((socket) => {
          closed = new Promise((done) => socket.once('close', done));
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n');
          socket.write(Buffer.alloc(8_000_000, 'x'));
        });
        const take = async (body: Readable, limits: BodyLimits) => {
          setTimeout(() => abort.abort(reason), 20);
          if (how === 'is read slowly') return slowly(body, limits);
          await pause(50);
          throw new Error('never read');
        };
        await expect(fetcher({ maxBytes: 10_000_000 }).fetch(url, take, abort.signal)).rejects.toBe(reason);
        await closed;
      },
    );
  });

  it('stops when told to, with the reason it was told', async () => {
    const port = await serve(() => abort.abort(reason));
    const abort = new AbortController();
    const reason = new Error('cancelled');
    await expect(fetcher().fetch(`http://${HERE}:${port}/`, text, abort.signal)).rejects.toBe(reason);
  });

  it('gives user name and password to the server they are for, to no other, and never in an error', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else if (request.url === '/b') response.writeHead(302, { location: `http://localhost:${port}/c` }).end();
      else response.writeHead(404).end();
    });
    const error: unknown = await fetcher()
      .fetch(`http://user:p%40ss%zz@${HERE}:${port}/a`, text)
      .catch((caught: unknown) => caught);
    const credentials = `Basic ${Buffer.from('user:p@ss%zz').toString('base64')}`;
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([credentials, credentials, undefined]);
    expect(error).toMatchObject({ code: 'url_fetch_failed' });
    expect(inspect(error, { depth: null })).not.toMatch(/p@ss|p%40ss|Basic/);
  });
});
