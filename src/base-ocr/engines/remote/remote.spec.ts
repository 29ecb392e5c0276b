import { retryAfterSeconds } from '../../../errors/retry-after.js';
import { decode as decodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { grayTiff, plain, textured } from '../../../../test/engines/images.js';
import { assemble } from './assemble.js';
import type { FoundWord } from './found.js';
import { languageNames, languageTags } from './languages.js';
import { encodePage, encodePng, pngOf } from './page-image.js';
import { errorOfStatus, isConnectionError, unreachable } from './remote-errors.js';
import { wordsAlong } from './words-along.js';

describe('a page as it is sent', () => {
  it.each([
    ['a page', grayTiff('phototest.tif', 300)],
    ['noise', textured(301, 57)],
    ['one pixel', plain(1, 1, 7)],
  ])('is %s, pixel for pixel, as PNG', async (_, image) => {
    const { width, height, channels, depth, data, resolution } = decodePng(await encodePng(image));
    expect({ width, height, channels, depth }).toEqual({ width: image.width, height: image.height, channels: 1, depth: 8 });
    expect(Buffer.from(data.buffer).equals(image.data)).toBe(true);
    expect(resolution?.x).toBe(Math.round(300 / 0.0254));
  });

  it('says nothing of a resolution it does not know', async () => {
    expect(decodePng(await encodePng({ ...plain(3, 3), dpi: Number.NaN })).resolution).toBeUndefined();
  });

  it('is halved until the service takes it, whole as it is', async () => {
    const stripes = { ...plain(400, 100), data: Uint8Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? 0 : 100)) };
    const half = await encodePage(stripes, { maxSide: 200, maxBytes: 1e6 });
    expect([half.width, half.height]).toEqual([200, 50]);
    expect(new Set(decodePng(pngOf(half)).data)).toEqual(new Set([50]));
    const small = await encodePage(textured(1000, 1000), { maxSide: 2000, maxBytes: 300_000 });
    expect([small.width, small.height]).toEqual([500, 500]);
    expect(pngOf(small).length).toBeLessThanOrEqual(300_000);
    await expect(encodePage(textured(1000, 1000), { maxSide: 2000, maxBytes: 10 })).rejects.toMatchObject({
      code: 'engine_failed',
      retryable: false,
    });
  });
});

describe('what a service answers', () => {
  const image = { width: 100, height: 50 };
  const word = (text: string, x0: number, y0: number, x1: number, y1: number): FoundWord => ({
    text,
    box: { x0, y0, x1, y1 },
    confidence: 50,
  });

  it('is cut to the image, nested, and without empty words', () => {
    const blocks = assemble('x', [[[[word('a', -5, 1.4, 10, 9.2), word(' ', 0, 0, 9, 9)], []]], [[]]], image);
    const box = { x0: 0, y0: 1, x1: 10, y1: 10 };
    expect(blocks).toEqual([{ box, paragraphs: [{ box, lines: [{ box, words: [{ text: 'a', box, confidence: 50 }] }] }] }]);
  });

  it.each([
    ['beyond the image', word('a', 200, 70, 300, 90), { x0: 99, y0: 49, x1: 100, y1: 50 }],
    ['without a size', word('a', 20, 20, 20, 20), { x0: 20, y0: 20, x1: 21, y1: 21 }],
    ['inside out', word('a', 20, 30, 10, 5), { x0: 10, y0: 5, x1: 20, y1: 30 }],
  ])('has a place even %s', (_, found, box) => {
    expect(assemble('x', [[[[found]]]], image)[0]?.box).toEqual(box);
  });

  it('is refused when a word is nowhere, and believed no more than it may', () => {
    expect(() => assemble('x', [[[[word('a', Number.NaN, 0, 1, 1)]]]], image)).toThrow('without a place');
    const sure = { ...word('a', 0, 0, 9, 9), confidence: 900 };
    expect(
      assemble('x', [[[[sure, { ...sure, confidence: Number.NaN }]]]], image)[0]?.paragraphs[0]?.lines[0]?.words,
    ).toMatchObject([{ confidence: 100 }, { confidence: 0 }]);
  });

  it('is taken apart where a word has spaces, by length', () => {
    const box = { x0: 0, y0: 0, x1: 110, y1: 10 };
    expect(wordsAlong('four sixsix', box, 1).map((each) => [each.text, each.box.x0, each.box.x1])).toEqual([
      ['four', 0, 40],
      ['sixsix', 50, 110],
    ]);
    expect(wordsAlong('مرحبا', box, 1)).toEqual([{ text: 'مرحبا', box, confidence: 1 }]);
    expect(wordsAlong('שלום עולםםם', box, 1).map((each) => [each.box.x0, each.box.x1])).toEqual([
      [70, 110],
      [0, 60],
    ]);
  });
});

describe('what a refusal means', () => {
  it('is told by its status, in few words of the service', () => {
    expect(errorOfStatus('x', 429)).toMatchObject({ code: 'engine_unavailable', retryable: true, retryAfter: 1 });
    expect(errorOfStatus('x', 503, { retryAfter: 7 })).toMatchObject({ code: 'engine_unavailable', retryAfter: 7 });
    expect(errorOfStatus('x', 500)).toMatchObject({ code: 'engine_failed', retryable: true });
    expect(errorOfStatus('x', 413)).toMatchObject({ code: 'engine_failed', retryable: false });
    expect(errorOfStatus('x', 400, { message: 'no '.repeat(500) }).message.length).toBeLessThan(400);
  });

  it.each(['ECONNREFUSED', 'EAI_AGAIN', 'UND_ERR_SOCKET', 'CERT_HAS_EXPIRED', 'ERR_STREAM_PREMATURE_CLOSE'])(
    'is no connection: %s, wherever a client has put it',
    (code) => {
      const cause = Object.assign(new Error('it broke'), { code });
      expect(isConnectionError(cause)).toBe(true);
      expect(isConnectionError(new TypeError('fetch failed', { cause }))).toBe(true);
    },
  );

  it.each(['ENOSPC', 'EACCES', 'EROFS', 'EMFILE', 'ENOENT'])(
    'is no fault of the service on the disk of this machine: %s',
    (code) => {
      expect(isConnectionError(Object.assign(new Error('it is full'), { code }))).toBe(false);
    },
  );

  it('takes along nothing that hangs on a client’s error', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      config: { headers: { authorization: 'Bearer secret' } },
    });
    const { cause } = unreachable('x', error);
    expect((cause as Error).message).toBe('Error ECONNREFUSED: connect ECONNREFUSED');
    expect(Object.keys(cause as Error)).toEqual([]);
  });

  it.each([
    ['7', 7],
    ['0', 0],
    ['1.5', 1.5],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['99999999', 3600],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('asks by Retry-After: %s to wait %s seconds', (header, seconds) => {
    expect(retryAfterSeconds(header, Date.parse('2026-11-23T10:00:00Z'))).toBe(seconds);
  });
});

describe('languages as services know them', () => {
  it.each([
    ['eng', ['en']],
    ['fra+eng+fra', ['fr', 'en']],
    ['chi_sim+chi_tra_vert', ['zh-Hans', 'zh-Hant']],
    ['srp_latn', ['sr-Latn']],
    ['script/Latin+osd', []],
    ['grc', ['grc']],
  ])('%s', (language, tags) => expect(languageTags(language)).toEqual(tags));

  it('have names', () => expect(languageNames('fra+chi_sim')).toBe('French, Simplified Chinese'));
});
