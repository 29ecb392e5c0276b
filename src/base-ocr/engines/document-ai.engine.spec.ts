import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GrayImage } from '../../document/document.types.js';
import { turnBoxBack, turnImage } from '../../document/preparation/turned-image.js';
import { grayTiff, textured } from '../../../test/engines/images.js';
import { describeRemoteEngine } from '../../../test/engines/remote-engine-conformance.js';
import { DocumentAiProtocol, documentAiProtocol } from '../../../test/engines/servers/document-ai.server.js';
import { serviceAccountKey } from '../../../test/engines/service-account.js';
import { LoopbackService, type Seen } from '../../../test/engines/servers/loopback-service.js';
import { NodeCircuitGuard } from '../circuit-guard.js';
import { guarded } from '../provider-fallback.js';
import { DocumentAiService } from './document-ai.engine.js';
import type { Patience } from './document-ai/patience.js';
import { linesOf } from './engine-lines.js';
import type { PixelBox, RecogniseResponse } from './ocr-engine.js';
import { RemoteEngine } from './remote/remote-engine.js';

const key = serviceAccountKey();
const { folder, file: keyFile } = key;
const processor = 'projects/project/locations/eu/processors/0123456789abcdef';
const LIMITS = {
  remote_slots: 2,
  remote_timeout: 20,
  document_ai_batch_pages: 16,
  document_ai_batch_timeout: 60,
  data_dir: folder,
};
const settingsFor = (url: string) => ({
  ...LIMITS,
  document_ai_processor: processor,
  document_ai_key_file: keyFile,
  document_ai_endpoint: url,
});

afterAll(() => key.remove());

describeRemoteEngine('document_ai', {
  protocol: documentAiProtocol,
  connect: (url, remote_timeout = 20) => new DocumentAiService({ ...settingsFor(url), remote_timeout }),
  unconfigured: new DocumentAiService(LIMITS),
  needs: ['document_ai_processor'],
  garbage: [
    {},
    { document: 7 },
    { document: { text: 'This', pages: [{ tokens: [{ layout: { textAnchor: { textSegments: [{ endIndex: '4' }] } } }] }] } },
  ],
  secrets: ['secret-key-id', 'PRIVATE KEY'],
});

const phototest = grayTiff('phototest.tif', 72);
const blank: GrayImage = { width: 300, height: 200, data: new Uint8Array(300 * 200).fill(255), dpi: 72 };
/** The messages of the warnings that are logged meanwhile. */
async function warnings(work: () => Promise<unknown>): Promise<string[]> {
  const said: string[] = [];
  const warn = (line: { message: string }) => said.push(line.message);
  Logger.overrideLogger({ log: () => {}, error: () => {}, warn });
  await work().finally(() => Logger.overrideLogger(true));
  return said;
}

/** Nothing here takes long to get better. */
const PATIENCE: Patience = { pauses: [0, 0], farewell: 4, rest: 0 };
/** The time in which what was sent on this machine has arrived. */
const moment = () => new Promise((resolve) => setTimeout(resolve, 50));
/** How far the sides of two boxes are apart at most. */
const farthest = (a: PixelBox, b: PixelBox) =>
  Math.max(...(['x0', 'y0', 'x1', 'y1'] as const).map((side) => Math.abs(a[side] - b[side])));
const firstWord = ({ blocks }: RecogniseResponse) => blocks[0]?.paragraphs[0]?.lines[0]?.words[0]?.text;

describe('pages that wait for Document AI', () => {
  const protocol = new DocumentAiProtocol();
  const service = new LoopbackService(protocol);
  const open: RemoteEngine[] = [];
  /** An engine with one request at a time, so that pages wait. */
  const connect = (more: object = {}, patience = PATIENCE) => {
    const settings = { ...settingsFor(service.url), remote_slots: 1, ...more };
    const engine = new RemoteEngine(new DocumentAiService(settings, patience), { slots: 1, timeout: settings.remote_timeout });
    open.push(engine);
    return engine;
  };
  const withBucket = () => ({ document_ai_bucket: 'gs://my-bucket/ocr', document_ai_storage_endpoint: service.url });
  const never = new AbortController().signal;
  const read = (engine: Pick<RemoteEngine, 'recognise'>, images: readonly GrayImage[], signal = never) =>
    images.map((image) => engine.recognise({ image, language: 'eng', signal }));
  /** The paths pages were asked for at; what storage and operations were asked is left out. */
  const requests = () => service.requests.map(({ path }) => path).filter((path) => path.startsWith(`/v1/${processor}:`));

  beforeAll(async () => {
    await service.start();
  });
  beforeEach(() => {
    service.requests.length = 0;
    protocol.files.clear();
    protocol.cancelled.length = 0;
  });
  afterEach(async () => {
    await expect.poll(() => protocol.ending).toBe(0);
    service.fault = undefined;
    service.hits = () => true;
    protocol.batchFails = undefined;
    protocol.batchesHang = false;
  });
  afterAll(async () => {
    await Promise.all(open.map((engine) => engine.close()));
    await service.stop();
  });

  it('go together, no more than it takes in one request, and each gets what stands on it', async () => {
    const images = Array.from({ length: 21 }, (_, n) => (n % 3 === 0 ? phototest : blank));
    const found = await Promise.all(read(connect(), images));
    expect(found.map(firstWord)).toEqual(images.map((image) => (image === phototest ? 'This' : undefined)));
    expect(requests()).toEqual(Array(2).fill(`/v1/${processor}:process`));
    const box = (response: RecogniseResponse) => response.blocks[0]!.paragraphs[0]!.lines[0]!.words[0]!.box;
    expect(box(found[3]!)).toEqual(box(found[0]!));
  });

  it('are asked for one by one when it does not take them together', async () => {
    service.hits = ({ body }) => body.includes('application/pdf');
    service.fault = { kind: 'refuse', why: 'page' };
    const found = await Promise.all(read(connect(), [blank, phototest, blank, phototest]));
    expect(found.map(firstWord)).toEqual([undefined, 'This', undefined, 'This']);
    expect(requests()).toHaveLength(1 + 4);
  });

  it('all wait when it is throttled, and are sent together again', async () => {
    service.hits = ({ body }) => body.includes('application/pdf');
    service.fault = { kind: 'refuse', why: 'throttled', retryAfter: '0', times: 1 };
    const found = await Promise.all(read(connect(), [blank, phototest, phototest]));
    expect(found.map(firstWord)).toEqual([undefined, 'This', 'This']);
    expect(requests()).toHaveLength(2);
  });

  it('count as one failure of the provider when their request fails', async () => {
    const circuits = new NodeCircuitGuard();
    const engine = guarded(connect(), circuits);
    service.fault = { kind: 'refuse', why: 'down' };
    const outcomes = await Promise.allSettled(read(engine, Array(30).fill(phototest)));
    expect(outcomes).toHaveLength(30);
    expect(requests()).toHaveLength(2);
    expect(circuits.isOpen('document_ai')).toBe(false);
  });

  it('may wait longer than a request may take, as only that is timed', async () => {
    const engine = connect({ remote_timeout: 1 });
    // The client is loaded and has its credentials.
    await Promise.all(read(engine, [phototest]));
    const later = () => ({ kind: 'wait', until: new Promise((resolve) => setTimeout(resolve, 600)) }) as const;
    service.fault = later();
    const first = read(engine, [phototest]);
    await expect.poll(() => requests().length).toBe(2);
    const waiting = read(engine, [phototest]);
    await Promise.all(first);
    service.fault = later();
    expect((await Promise.all(waiting)).map(firstWord)).toEqual(['This']);
  });

  it('are read after one that was aborted while its answer came in', async () => {
    const engine = connect();
    service.fault = { kind: 'stall', times: 1 };
    const stop = new AbortController();
    const [stalled] = read(engine, [phototest], stop.signal);
    await expect.poll(() => service.requests.at(-1)?.stalled, { timeout: 5000 }).toBe(true);
    await moment();
    stop.abort(new Error('enough'));
    await expect(stalled).rejects.toBe(stop.signal.reason);
    expect((await Promise.all(read(engine, [phototest]))).map(firstWord)).toEqual(['This']);
  });

  it('are read after a batch that was aborted before it was known to have begun, and that is cancelled', async () => {
    const engine = connect(withBucket());
    let begin = () => {};
    service.hits = ({ path }) => path.endsWith(':batchProcess');
    service.fault = { kind: 'wait', until: new Promise<void>((resolve) => (begin = resolve)), times: 1 };
    const stop = new AbortController();
    const unwanted = read(engine, Array(20).fill(phototest), stop.signal);
    await expect.poll(() => requests().length).toBe(1);
    stop.abort(new Error('enough'));
    begin();
    await Promise.allSettled(unwanted);
    await expect.poll(() => protocol.cancelled.length).toBe(1);

    service.fault = { kind: 'hang', times: 1 };
    const lost = new AbortController();
    const never = read(engine, Array(20).fill(phototest), lost.signal);
    await expect.poll(() => requests().length).toBe(2);
    lost.abort(new Error('enough'));
    await Promise.allSettled(never);
    expect((await Promise.all(read(engine, [phototest]))).map(firstWord)).toEqual(['This']);
    await expect.poll(() => [...protocol.files.keys()]).toEqual([]);
  });

  it('go as a batch through the bucket when many wait, of which nothing stays there', async () => {
    const images = Array.from({ length: 46 }, (_, n) => (n % 5 === 0 ? phototest : blank));
    const found = await Promise.all(read(connect(withBucket()), images));
    expect(found.map(firstWord)).toEqual(images.map((image) => (image === phototest ? 'This' : undefined)));
    expect(requests()).toEqual([`/v1/${processor}:batchProcess`]);
    const batch = JSON.parse(service.requests.find(({ path }) => path.endsWith(':batchProcess'))!.body.toString()) as object;
    expect(batch).toMatchObject({
      inputDocuments: {
        gcsDocuments: {
          documents: [
            { gcsUri: expect.stringMatching(/^gs:\/\/my-bucket\/ocr\/[\w-]+\/pages\.pdf$/), mimeType: 'application/pdf' },
          ],
        },
      },
      documentOutputConfig: {
        gcsOutputConfig: {
          gcsUri: expect.stringMatching(/^gs:\/\/my-bucket\/ocr\/[\w-]+\/read\/$/),
          fieldMask: 'text,pages.dimension,pages.transforms,pages.blocks,pages.paragraphs,pages.lines,pages.tokens,shardInfo',
        },
      },
      processOptions: { ocrConfig: { hints: { languageHints: ['en'] } } },
    });
    expect([...protocol.files.keys()]).toEqual([]);
  });

  it('are asked for in requests when a batch is refused for one of them', async () => {
    protocol.batchFails = { code: 3, message: 'A page is damaged.' };
    const images = Array.from({ length: 20 }, () => phototest);
    const found = await Promise.all(read(connect(withBucket()), images));
    expect(found.map(firstWord)).toEqual(images.map(() => 'This'));
    expect(requests().map((path) => path.split(':')[1])).toEqual(['batchProcess', 'process', 'process']);
    expect([...protocol.files.keys()]).toEqual([]);
  });

  it('are given back when a batch finds the service down', async () => {
    protocol.batchFails = { code: 14, message: 'Overloaded.' };
    const images = Array.from({ length: 20 }, () => phototest);
    for (const outcome of await Promise.allSettled(read(connect(withBucket()), images))) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'engine_unavailable', retryable: true } });
    }
    expect([...protocol.files.keys()]).toEqual([]);
  });

  it.each(['throttled', 'down', 'key'] as const)('are given back when nobody says how their batch stands: %s', async (why) => {
    service.hits = ({ path, method }) => path.includes('/operations/') && method === 'GET';
    service.fault = { kind: 'refuse', why, retryAfter: '0' };
    for (const outcome of await Promise.allSettled(read(connect(withBucket()), Array(20).fill(phototest)))) {
      expect(outcome).toMatchObject({ reason: { code: 'engine_unavailable', message: expect.not.stringContaining('{') } });
    }
    expect(requests()).toHaveLength(1);
    expect(protocol.cancelled).toHaveLength(1);
  });

  const questions: [string, (seen: Seen) => boolean][] = [
    ['how it stands', ({ path, method }) => path.includes('/operations/') && method === 'GET'],
    ['its folder', ({ path, method }) => path.endsWith('/o') && method === 'GET'],
    ['its answer', ({ query }) => query.get('alt') === 'media'],
    ['to take its pages', ({ path }) => path.startsWith('/upload/')],
    ['to forget it', ({ method }) => method === 'DELETE'],
  ];
  it.each(questions)('are read by a batch though nobody answers for a moment who is asked %s', async (_, hits) => {
    for (const fault of [{ kind: 'half' }, { kind: 'refuse', why: 'broken' }] as const) {
      service.requests.length = 0;
      service.hits = hits;
      service.fault = { ...fault, times: 1 };
      const found = await Promise.all(read(connect(withBucket()), [blank, ...Array<GrayImage>(15).fill(phototest)]));
      expect(found.map(firstWord)).toEqual([undefined, ...Array(15).fill('This')]);
      expect(requests()).toHaveLength(1);
      expect(service.fault).toBeUndefined();
      expect([...protocol.files.keys()]).toEqual([]);
    }
  });

  it('are put into the bucket once when there is room for their batch only a moment later, or not at all', async () => {
    const uploads = () => service.requests.filter(({ path }) => path.startsWith('/upload/')).length;
    service.hits = ({ path }) => path.endsWith(':batchProcess');
    service.fault = { kind: 'refuse', why: 'throttled', retryAfter: '0', times: 1 };
    await Promise.all(read(connect(withBucket()), Array(16).fill(phototest)));
    expect([requests().length, uploads()]).toEqual([2, 1]);

    service.requests.length = 0;
    service.fault = { kind: 'refuse', why: 'throttled', retryAfter: '0' };
    const found = await Promise.all(read(connect(withBucket()), Array(16).fill(phototest)));
    expect(found.map(firstWord)).toEqual(Array(16).fill('This'));
    expect(requests().map((path) => path.split(':')[1])).toEqual([...Array(3).fill('batchProcess'), 'process', 'process']);
    expect(uploads()).toBe(1);
  });

  it('lie on no disk under a name, and their batch is done away with before a closed engine is', async () => {
    protocol.batchesHang = true;
    const engine = connect(withBucket());
    const unread = read(engine, Array(20).fill(phototest));
    const asked = () => service.requests.filter(({ path, method }) => path.includes('/operations/') && method === 'GET');
    await expect.poll(() => asked().length).toBeGreaterThan(0);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    await Promise.all([engine.close(), expect(Promise.all(unread)).rejects.toMatchObject({ code: 'engine_unavailable' })]);
    expect(protocol.cancelled).toHaveLength(1);
    expect([...protocol.files.keys()]).toEqual([]);
  });

  it('leave nothing in the bucket but what it does not let go of, which is told', async () => {
    service.hits = ({ path, method }) => path.endsWith('pages.pdf') && method === 'DELETE';
    service.fault = { kind: 'refuse', why: 'key' };
    const warned = await warnings(() => Promise.all(read(connect(withBucket()), Array(20).fill(phototest))));
    expect([...protocol.files.keys()]).toEqual([expect.stringMatching(/pages\.pdf$/)]);
    expect(warned).toEqual([expect.stringMatching(/gs:\/\/my-bucket\/ocr\/[\w-]+\/ could not be cleared/)]);
  });

  it('go in single requests for a while after a batch failed, which is told once', async () => {
    protocol.batchFails = { code: 3, message: 'The bucket is somewhere else.' };
    const engine = connect(withBucket(), { ...PATIENCE, rest: 1.5 });
    const images = Array<GrayImage>(16).fill(blank);
    const batches = () => requests().filter((path) => path.endsWith(':batchProcess')).length;
    const warned = await warnings(async () => {
      for (let time = 0; time < 2; time++) await Promise.all(read(engine, images));
    });
    expect(warned).toEqual([expect.stringContaining('a batch failed')]);
    expect(batches()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    protocol.batchFails = undefined;
    await Promise.all(read(engine, images));
    expect(batches()).toBe(2);
  });

  it('are read one by one when they cannot be put together on this machine', async () => {
    const found = await Promise.all(read(connect({ data_dir: keyFile }), [phototest, blank, phototest]));
    expect(found.map(firstWord)).toEqual(['This', undefined, 'This']);
    expect(requests()).toHaveLength(3);
  });

  it('go in another request when they are too large for one, and lose nothing when that fails', async () => {
    const large = textured(3000, 3000);
    service.hits = ({ body }) => body.includes('image/png');
    service.fault = { kind: 'refuse', why: 'down', times: 1 };
    const outcomes = await Promise.allSettled(read(connect(), [phototest, large, large, large]));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(requests()).toHaveLength(2);
  });

  it('let go of a batch nobody wants any more, and of one that takes too long', async () => {
    protocol.batchesHang = true;
    const stop = new AbortController();
    const unwanted = read(
      connect(withBucket()),
      Array.from({ length: 20 }, () => phototest),
      stop.signal,
    );
    const started = () => requests().filter((path) => path.endsWith(':batchProcess')).length;
    await expect.poll(started).toBe(1);
    stop.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(unwanted);
    expect(outcomes).toEqual(Array(20).fill({ status: 'rejected', reason: stop.signal.reason }));
    await expect.poll(() => protocol.cancelled.length).toBe(1);

    const slow = read(
      connect({ ...withBucket(), document_ai_batch_timeout: 1 }),
      Array.from({ length: 20 }, () => phototest),
    );
    for (const outcome of await Promise.allSettled(slow)) {
      expect(outcome).toMatchObject({
        reason: { code: 'engine_unavailable', message: expect.stringContaining('within 1 seconds') },
      });
    }
    await expect.poll(() => protocol.cancelled.length).toBe(2);
    await expect.poll(() => protocol.ending).toBe(0);
    await expect.poll(() => [...protocol.files.keys()]).toEqual([]);
  });
});

describe('pages that Document AI turns before it reads them', () => {
  const protocol = new DocumentAiProtocol();
  const service = new LoopbackService(protocol);
  let engine: RemoteEngine;
  const read = (...images: GrayImage[]) =>
    Promise.all(images.map((image) => engine.recognise({ image, language: 'eng', signal: new AbortController().signal })));
  const boxesOf = ({ blocks }: RecogniseResponse) => linesOf(blocks).flatMap(({ words }) => words.map(({ box }) => box));
  let upright: PixelBox[];

  beforeAll(async () => {
    await service.start();
    engine = new RemoteEngine(new DocumentAiService({ ...settingsFor(service.url), remote_slots: 1 }), { slots: 1, timeout: 20 });
    upright = boxesOf((await read(phototest))[0]!);
  });
  afterEach(() => {
    protocol.turnsBy = 0;
    protocol.drawsAt = 1;
  });
  afterAll(async () => {
    await engine.close();
    await service.stop();
  });

  it.each([
    ['upside down', 180, 180],
    ['on its left side', 90, 270],
    ['on its right side', 270, 90],
  ] as const)('have their boxes where they lie on a page that is %s', async (_, turnsBy, lies) => {
    protocol.turnsBy = turnsBy;
    protocol.drawsAt = 1.3;
    const lying = turnImage(phototest, lies);
    // One goes by itself, as an image, the others in a PDF, which the service draws in its own resolution.
    for (const response of await read(lying, lying, lying)) {
      const found = boxesOf(response).map((box) => turnBoxBack(box, lies, phototest.width, phototest.height));
      expect(found).toHaveLength(upright.length);
      found.forEach((box, index) => expect(farthest(box, upright[index]!)).toBeLessThanOrEqual(1));
    }
  });

  it('have their boxes where they lie on a crooked page', async () => {
    protocol.turnsBy = 2;
    protocol.drawsAt = 0.8;
    for (const response of await read(phototest, phototest, phototest)) {
      boxesOf(response).forEach((box, index) => {
        const { x0, y0, x1, y1 } = upright[index]!;
        expect(Math.abs(box.x0 + box.x1 - x0 - x1) / 2).toBeLessThanOrEqual(1.5);
        expect(Math.abs(box.y0 + box.y1 - y0 - y1) / 2).toBeLessThanOrEqual(1.5);
        // The box around a box that leans by two degrees.
        expect(box.y1 - box.y0 - (y1 - y0)).toBeLessThanOrEqual((x1 - x0) * Math.sin(Math.PI / 90) + 2.5);
      });
    }
  });
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
      fieldMask: 'text,pages.dimension,pages.transforms,pages.blocks,pages.paragraphs,pages.lines,pages.tokens',
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
