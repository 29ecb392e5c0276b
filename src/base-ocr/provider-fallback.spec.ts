import { describe, expect, it } from 'vitest';
import { OcrError } from '../errors/ocr-error.js';
import { NodeCircuitGuard } from './circuit-guard.js';
import type { OcrEngine } from './engines/ocr-engine.js';
import { guarded, readWithFallback } from './provider-fallback.js';

const never = new AbortController().signal;
const down = new OcrError('engine_unavailable');
const failed = new OcrError('engine_failed');
const hopeless = new OcrError('engine_failed', { retryable: false });

/** Readers by name; each takes its next answer from a list and says who was asked. */
function readers(answers: Record<string, (OcrError | string)[]>) {
  const asked: string[] = [];
  const read = async (provider: string): Promise<string> => {
    asked.push(provider);
    const answer = answers[provider]?.shift() ?? provider;
    if (answer instanceof OcrError) throw answer;
    return answer;
  };
  return { asked, read };
}

describe('providers that stand in for each other', () => {
  it.each([
    ['the first one reads what it can', {}, 'a', ['a']],
    ['the next takes over from one that is down', { a: [down] }, 'b', ['a', 'b']],
    ['one that fails is asked again', { a: [failed] }, 'a', ['a', 'a']],
    ['one that fails again is left', { a: [failed, failed] }, 'b', ['a', 'a', 'b']],
    ['a page that it cannot take goes on at once', { a: [hopeless] }, 'b', ['a', 'b']],
    ['the order is kept', { a: [down], b: [hopeless] }, 'c', ['a', 'b', 'c']],
    ['one without the language is passed over', { a: [down], b: [new OcrError('language_not_available')] }, 'c', ['a', 'b', 'c']],
  ])('%s', async (_, answers, by, order) => {
    const { asked, read } = readers(answers);
    expect(await readWithFallback(['a', 'b', 'c', 'a'], never, read)).toBe(by);
    expect(asked).toEqual(order);
  });

  it('tell what can be mended by trying again, when nobody can', async () => {
    const { read } = readers({ a: [hopeless], b: [down] });
    await expect(readWithFallback(['a', 'b'], never, read)).rejects.toBe(down);
    const none = readers({ a: [hopeless], b: [new OcrError('language_not_available')] });
    await expect(readWithFallback(['a', 'b'], never, none.read)).rejects.toBe(hopeless);
  });

  it('are not asked for what no provider can mend', async () => {
    const undrawable = new OcrError('render_failed');
    const { asked, read } = readers({ a: [undrawable] });
    await expect(readWithFallback(['a', 'b'], never, read)).rejects.toBe(undrawable);
    expect(asked).toEqual(['a']);
  });

  it('are not asked once the page is aborted', async () => {
    const abort = new AbortController();
    const asked: string[] = [];
    const outcome = readWithFallback(['a', 'b'], abort.signal, async (provider) => {
      asked.push(provider);
      abort.abort(new Error('paused'));
      throw down;
    });
    await expect(outcome).rejects.toThrow('paused');
    expect(asked).toEqual(['a']);
  });

  it('leave a provider that stands alone to the retries of its job', async () => {
    const { asked, read } = readers({ a: [failed] });
    await expect(readWithFallback(['a'], never, read)).rejects.toBe(failed);
    expect(asked).toEqual(['a']);
  });
});

describe('an engine with a circuit', () => {
  const image = { width: 1, height: 1, data: new Uint8Array(1), dpi: 72 };
  const request = { image, language: 'eng', signal: never };
  const engineThat = (recognise: OcrEngine['recognise']): OcrEngine => ({
    name: 'remote',
    status: () => Promise.resolve({ name: 'remote', ready: true, version: '1', languages: [], slots: 1 }),
    recognise,
    close: () => Promise.resolve(),
  });

  it('is left alone once it could not be reached too often, and asked again later', async () => {
    const clock = { ms: 0 };
    let calls = 0;
    let up = false;
    const engine = guarded(
      engineThat(async () => {
        calls += 1;
        if (!up) throw new OcrError('engine_unavailable');
        return { blocks: [] };
      }),
      new NodeCircuitGuard(() => clock.ms),
    );
    for (let page = 0; page < 8; page++) {
      await expect(engine.recognise(request)).rejects.toMatchObject({ code: 'engine_unavailable', retryable: true });
    }
    expect(calls).toBe(5);
    up = true;
    clock.ms += 30_000;
    await engine.recognise(request);
    await engine.recognise(request);
    expect(calls).toBe(7);
  });

  it('is blamed once for a request that failed with several pages', async () => {
    const guard = new NodeCircuitGuard();
    const failWith = (error: OcrError) =>
      guarded(
        engineThat(() => Promise.reject(error)),
        guard,
      )
        .recognise(request)
        .catch(() => undefined);
    for (let page = 0; page < 15; page++) await failWith(down);
    expect(guard.isOpen('remote')).toBe(false);
    for (let others = 0; others < 4; others++) await failWith(new OcrError('engine_unavailable'));
    expect(guard.isOpen('remote')).toBe(true);
  });

  it('is not blamed for pages that were stopped', async () => {
    const guard = new NodeCircuitGuard();
    const engine = guarded(
      engineThat(() => Promise.reject(down)),
      guard,
    );
    for (let page = 0; page < 9; page++) {
      await expect(engine.recognise({ ...request, signal: AbortSignal.abort() })).rejects.toBe(down);
    }
    expect(guard.isOpen('remote')).toBe(false);
  });
});
