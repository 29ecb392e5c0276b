import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serviceAccountKey } from '../../../../test/engines/service-account.js';
import { DocumentAiProtocol } from '../../../../test/engines/servers/document-ai.server.js';
import { LoopbackService } from '../../../../test/engines/servers/loopback-service.js';
import { grayTiff } from '../../../../test/engines/images.js';
import { DocumentAiService } from '../document-ai.engine.js';
import { RemoteEngine } from '../remote/remote-engine.js';

describe('behind a proxy', () => {
  const key = serviceAccountKey();
  const service = new LoopbackService(new DocumentAiProtocol());
  const proxy: Server = createServer();
  const sockets = new Set<Socket>();
  let passed: string[] = [];
  const before = process.env.HTTPS_PROXY;

  beforeAll(async () => {
    await service.start();
    proxy.on('connect', ({ url = '' }, socket: Socket) => {
      passed.push(url);
      const [host, port] = url.split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const each of [socket, onward]) sockets.add(each.on('error', () => each.destroy()));
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    process.env.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    passed = [];
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = before;
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await service.stop();
    key.remove();
  });

  it.each([
    ['single pages', 1],
    ['batches', 16],
  ])('%s go through it, with all that belongs to them', async (_, pages) => {
    const settings = {
      data_dir: key.folder,
      remote_slots: 1,
      remote_timeout: 20,
      document_ai_processor: 'projects/project/locations/eu/processors/0123456789abcdef',
      document_ai_key_file: key.file,
      document_ai_endpoint: service.url,
      document_ai_bucket: 'gs://my-bucket',
      document_ai_storage_endpoint: service.url,
      document_ai_batch_pages: 16,
      document_ai_batch_timeout: 60,
    };
    service.requests.length = 0;
    const engine = new RemoteEngine(new DocumentAiService(settings), { slots: 1, timeout: 20 });
    const image = grayTiff('phototest.tif', 72);
    const page = { image, language: 'eng', signal: new AbortController().signal };
    await Promise.all(Array.from({ length: pages }, () => engine.recognise(page)));
    await engine.close();
    // Connections are not kept by the proxy's agent: one a request.
    expect(passed).toEqual(service.requests.map(() => new URL(service.url).host));
  });
});
