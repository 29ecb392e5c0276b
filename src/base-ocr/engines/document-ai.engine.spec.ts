import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { grayTiff } from '../../../test/engines/images.js';
import { describeRemoteEngine } from '../../../test/engines/remote-engine-conformance.js';
import { documentAiProtocol } from '../../../test/engines/servers/document-ai.server.js';
import { LoopbackService } from '../../../test/engines/servers/loopback-service.js';
import { DocumentAiService } from './document-ai.engine.js';
import { RemoteEngine } from './remote/remote-engine.js';

const folder = mkdtempSync(join(tmpdir(), 'document-ai-'));
const keyFile = join(folder, 'key.json');
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
writeFileSync(
  keyFile,
  JSON.stringify({
    type: 'service_account',
    client_email: 'reader@project.iam.gserviceaccount.com',
    private_key: privateKey,
    private_key_id: 'secret-key-id',
    project_id: 'project',
  }),
);
const processor = 'projects/project/locations/eu/processors/0123456789abcdef';
const settingsFor = (url: string) => ({
  document_ai_processor: processor,
  document_ai_key_file: keyFile,
  document_ai_endpoint: url,
});

afterAll(() => rmSync(folder, { recursive: true }));

describeRemoteEngine('document_ai', {
  protocol: documentAiProtocol,
  connect: (url) => new DocumentAiService(settingsFor(url)),
  unconfigured: new DocumentAiService({}),
  needs: ['document_ai_processor'],
  garbage: [
    {},
    { document: 7 },
    { document: { text: 'This', pages: [{ tokens: [{ layout: { textAnchor: { textSegments: [{ endIndex: '4' }] } } }] }] } },
  ],
  secrets: ['secret-key-id', 'PRIVATE KEY'],
});

describe('what Document AI is asked', () => {
  it('is the page, its languages as hints, and no more of the answer than is used', async () => {
    const service = await new LoopbackService(documentAiProtocol).start();
    const engine = new RemoteEngine(new DocumentAiService(settingsFor(service.url)), { slots: 1, timeout: 10 });
    const image = grayTiff('phototest.tif', 72);
    await engine.recognise({ image, language: 'fra+chi_sim+script/Latin', signal: new AbortController().signal });
    const [request] = service.requests;
    expect(request?.path).toBe(`/v1/${processor}:process`);
    expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
      fieldMask: 'text,pages.dimension,pages.blocks,pages.paragraphs,pages.lines,pages.tokens',
      processOptions: { ocrConfig: { hints: { languageHints: ['fr', 'zh-Hans'] } } },
    });
    await engine.close();
    await service.stop();
  });

  it('is nothing without a key that can be read', async () => {
    const lost = new DocumentAiService({ ...settingsFor('http://127.0.0.1:9'), document_ai_key_file: join(folder, 'none.json') });
    expect(await new RemoteEngine(lost, { slots: 1, timeout: 1 }).status()).toMatchObject({
      ready: false,
      reason: expect.stringMatching(/document_ai_key_file.*cannot be read/),
    });

    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{"type":"service_account"}');
    const engine = new RemoteEngine(new DocumentAiService({ ...settingsFor('http://127.0.0.1:9'), document_ai_key_file: bad }), {
      slots: 1,
      timeout: 10,
    });
    const request = { image: grayTiff('phototest.tif', 72), language: 'eng', signal: new AbortController().signal };
    await expect(engine.recognise(request)).rejects.toMatchObject({ code: 'engine_unavailable', retryable: true });
    await engine.close();
  });
});
