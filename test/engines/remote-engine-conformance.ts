import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RemoteEngine, type RemoteService } from '../../src/base-ocr/engines/remote/remote-engine.js';
import { describeEngine, textOf } from './engine-conformance.js';
import { grayTiff, stacked } from './images.js';
import { LoopbackService, type Protocol, type Refusal, type Seen } from './servers/loopback-service.js';

/** A remote provider under test. */
export interface RemoteProvider {
  readonly protocol: Protocol;
  /**
   * The provider's client, told to talk to a service on this machine.
   * @param timeout seconds a request may take, for a service that limits that itself
   */
  connect(url: string, timeout?: number): RemoteService;
  /** The same without its settings, and the names of those it needs. */
  readonly unconfigured: RemoteService;
  readonly needs: readonly string[];
  /** Whether a request carries a page; all do without it. */
  carriesPage?(seen: Seen): boolean;
  /** JSON answers that do not mean anything. */
  readonly garbage: readonly unknown[];
  /** Values that must show up nowhere. */
  readonly secrets: readonly string[];
}

/** The contract of every engine, then what holds for those that speak over the network: faults, aborts, credentials. */
export function describeRemoteEngine(name: string, provider: RemoteProvider): void {
  const services: LoopbackService[] = [];
  const shared = new LoopbackService(provider.protocol);
  const limits = { slots: 2, timeout: 20 };
  beforeAll(async () => {
    await shared.start();
  });
  afterAll(async () => {
    await Promise.all([shared, ...services].map((service) => service.stop()));
  });

  describeEngine(name, () => new RemoteEngine(provider.connect(shared.url), limits), { knowsItsLanguages: false });

  describe(`the remote engine ${name}`, () => {
    const page = grayTiff('phototest.tif', 72);
    const never = new AbortController().signal;
    const read = (engine: RemoteEngine, signal = never, image = page) => engine.recognise({ image, language: 'eng', signal });
    let engine: RemoteEngine;

    beforeAll(() => {
      engine = new RemoteEngine(provider.connect(shared.url), limits);
    });
    afterAll(() => engine.close());
    afterEach(() => {
      shared.fault = undefined;
    });

    const pages = () => shared.requests.filter(provider.carriesPage ?? (() => true)).length;
    /** The error of one page that meets a fault, asked for once; after it the next page must be read. */
    const failureOf = async (fault: NonNullable<LoopbackService['fault']>): Promise<unknown> => {
      const before = pages();
      shared.fault = fault;
      const outcome = await read(engine).catch((error: unknown) => error);
      shared.fault = undefined;
      // Tries are counted by the job: the client makes none of its own.
      expect(pages() - before).toBe(1);
      expect(textOf(await read(engine))[0]).toBe('This');
      for (const secret of provider.secrets) expect(String(outcome)).not.toContain(secret);
      return outcome;
    };

    it('waits out a short throttle', async () => {
      const before = pages();
      shared.fault = { kind: 'refuse', why: 'throttled', retryAfter: '0', times: 2 };
      expect(textOf(await read(engine))[0]).toBe('This');
      expect(pages() - before).toBe(3);
    });

    it('gives a page back when it is to wait long, and tells how long', async () => {
      const error = await failureOf({ kind: 'refuse', why: 'throttled', retryAfter: '30' });
      expect(error).toMatchObject({ code: 'engine_unavailable', retryable: true, retryAfter: 30 });
    });

    const refusals: [Refusal, object][] = [
      ['down', { code: 'engine_unavailable', retryable: true }],
      ['broken', { code: 'engine_failed', retryable: true }],
      ['key', { code: 'engine_unavailable', retryable: true }],
      ['page', { code: 'engine_failed', retryable: false }],
    ];
    it.each(refusals)('says what a refusal for "%s" means', async (why, expected) => {
      expect(await failureOf({ kind: 'refuse', why })).toMatchObject({ name: 'OcrError', ...expected });
    });

    it.each([
      ['nothing', ''],
      ['no JSON', '<html>It works!</html>'],
      ['broken JSON', '{"document":{"pages":[{'],
    ])('takes %s for no answer', async (_, body) => {
      expect(await failureOf({ kind: 'body', body })).toMatchObject({ code: 'engine_failed', retryable: true });
    });

    it.each(provider.garbage.map((each) => [JSON.stringify(each).slice(0, 100), each]))(
      'takes %s for no answer',
      async (_, body) => {
        expect(await failureOf({ kind: 'body', body: JSON.stringify(body) })).toMatchObject({
          name: 'OcrError',
          code: 'engine_failed',
          retryable: true,
        });
      },
    );

    it('takes half an answer for none', async () => {
      const error = await failureOf({ kind: 'half' });
      expect(error).toMatchObject({
        name: 'OcrError',
        retryable: true,
        code: expect.stringMatching(/^engine_(failed|unavailable)$/),
      });
    });

    it('gives up on a service that does not answer in time, and lets go of it', async () => {
      const service = provider.connect(shared.url, 0.2);
      // The client is loaded and has its credentials before the time counts.
      await read(new RemoteEngine(service, limits));
      const hasty = new RemoteEngine(service, { slots: 1, timeout: 0.2 });
      shared.fault = { kind: 'hang', times: 1 };
      const before = shared.requests.length;
      await expect(read(hasty)).rejects.toMatchObject({
        code: 'engine_unavailable',
        retryable: true,
        message: expect.stringContaining('within 0.2 seconds'),
      });
      // On a busy machine the time may be over before the request is there.
      await expect.poll(() => shared.requests.slice(before).every(({ abandoned }) => abandoned)).toBe(true);
      await hasty.close();
    });

    it('really ends the request of an aborted page', async () => {
      const abort = new AbortController();
      const outcome = read(engine, abort.signal, stacked(page, 10)).catch((error: unknown) => error);
      const tall = () => shared.requests.filter((request) => request.body.length > 0).at(-1);
      const before = tall();
      await expect.poll(() => tall() !== before).toBe(true);
      abort.abort(new Error('enough'));
      expect(await outcome).toBe(abort.signal.reason);
      await expect.poll(() => tall()?.abandoned).toBe(true);
    });

    it('says when nobody is there', async () => {
      const gone = await new LoopbackService(provider.protocol).start();
      const lonely = new RemoteEngine(provider.connect(gone.url), limits);
      await gone.stop();
      await expect(read(lonely)).rejects.toMatchObject({ code: 'engine_unavailable', retryable: true });
      await lonely.close();
    });

    it('says which settings it lacks, and none of those it has', async () => {
      const bare = new RemoteEngine(provider.unconfigured, limits);
      const status = await bare.status();
      expect(status.ready).toBe(false);
      for (const setting of provider.needs) expect(status.reason).toContain(setting);
      await expect(read(bare)).rejects.toMatchObject({ code: 'engine_unavailable', retryable: true, message: status.reason });
      await bare.close();
      const shown = JSON.stringify([await engine.status(), await engine.identity()]);
      for (const secret of provider.secrets) expect(shown).not.toContain(secret);
    });
  });
}
