import { afterEach, describe, expect, it } from 'vitest';
import { grayTiff } from '../../../test/engines/images.js';
import { textOf } from '../../../test/engines/engine-conformance.js';
import { describeRemoteEngine } from '../../../test/engines/remote-engine-conformance.js';
import { AzureProtocol } from '../../../test/engines/servers/azure.server.js';
import { LoopbackService } from '../../../test/engines/servers/loopback-service.js';
import { AzureDocumentIntelligenceService } from './azure-document-intelligence.engine.js';
import { RemoteEngine } from './remote/remote-engine.js';

/** Nothing here takes long to get better. */
const PAUSES = [0, 0];
const connect = (url: string) =>
  new AzureDocumentIntelligenceService({ azure_document_endpoint: `${url}/`, azure_document_key: 'azure-key' }, PAUSES);

describeRemoteEngine('azure_document_intelligence', {
  protocol: new AzureProtocol(),
  connect,
  unconfigured: new AzureDocumentIntelligenceService({}),
  needs: ['azure_document_endpoint', 'azure_document_key'],
  carriesPage: ({ method }) => method === 'POST',
  garbage: [{}],
  secrets: ['azure-key'],
});

describe('waiting for an analysis', () => {
  const protocol = new AzureProtocol();
  const service = new LoopbackService(protocol);
  let engine: RemoteEngine;
  const read = (language = 'eng') =>
    engine.recognise({ image: grayTiff('phototest.tif', 72), language, signal: new AbortController().signal });
  const start = async () => {
    await service.start();
    engine = new RemoteEngine(connect(service.url), { slots: 1, timeout: 10 });
    service.hits = ({ method }) => method === 'GET';
  };

  afterEach(async () => {
    await engine.close();
    await service.stop();
    service.requests.length = 0;
    service.fault = undefined;
    protocol.outcome = undefined;
  });

  it('begins it once, however often the service puts us off', async () => {
    await start();
    service.fault = { kind: 'refuse', why: 'throttled', retryAfter: '0', times: 3 };
    expect(textOf(await read())[0]).toBe('This');
    expect(service.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET', 'GET', 'GET']);
  });

  it.each([
    ['down', { kind: 'refuse', why: 'down' }],
    ['down for a time it names', { kind: 'refuse', why: 'down', retryAfter: '0' }],
    ['broken', { kind: 'refuse', why: 'broken' }],
    ['cut off', { kind: 'reset' }],
    ['cut short', { kind: 'half' }],
    ['garbled', { kind: 'body', body: '<html>' }],
  ] as const)('asks again for what it has begun when the service is %s for a moment', async (_, fault) => {
    await start();
    service.fault = { ...fault, times: 2 };
    expect(textOf(await read())[0]).toBe('This');
    expect(service.fault).toBeUndefined();
    const [first, ...others] = service.requests.map(({ method }) => method);
    expect([first, ...new Set(others)]).toEqual(['POST', 'GET']);
  });

  it('gives the page back when that does not end, and begins no other analysis of it', async () => {
    await start();
    service.fault = { kind: 'refuse', why: 'down', retryAfter: '0' };
    await expect(read()).rejects.toMatchObject({ code: 'engine_unavailable', retryable: true, retryAfter: undefined });
    expect(service.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET']);
  });

  it('gives one language as a hint, and several none', async () => {
    await start();
    await read('fra');
    await read('fra+eng');
    const asked = service.requests.filter(({ method }) => method === 'POST').map(({ query }) => query.get('locale'));
    expect(asked).toEqual(['fr', null]);
  });

  it.each([
    ['failed', { status: 'failed', error: { code: 'InternalServerError', message: 'no luck' } }, 'no luck'],
    ['in no known state', { status: 'dreaming' }, 'no known state'],
    ['done without a result', { status: 'succeeded' }, 'no known state'],
    ['done without pages', { status: 'succeeded', analyzeResult: { content: '' } }, 'no page'],
    [
      'done with words that are nowhere',
      { status: 'succeeded', analyzeResult: { pages: [{ words: [{ content: 'a', polygon: [1], span: { offset: 0 } }] }] } },
      'without a place',
    ],
  ])('says so when it is %s', async (_, outcome, said) => {
    await start();
    protocol.outcome = outcome;
    await expect(read()).rejects.toMatchObject({
      code: 'engine_failed',
      retryable: true,
      message: expect.stringContaining(said),
    });
  });

  it.each([
    ['no JSON', { kind: 'body', body: '<html>' }],
    ['half of it', { kind: 'half' }],
    ['a refusal', { kind: 'refuse', why: 'down' }],
  ] as const)('says so when the result comes as %s', async (_, fault) => {
    await start();
    service.fault = { ...fault };
    await expect(read()).rejects.toMatchObject({ name: 'OcrError', retryable: true });
  });
});
