import { describe, expect, it } from 'vitest';
import { diagnose, type Evidence } from './diagnose';
import type { Reading } from './reading';

const FINE = 'The quick brown fox jumps over the lazy dog and all of this is text that was read well for once'.split(' ');

/** A reading with one word a line, 10 points high. */
function reading(texts: readonly string[], confidence: number, facts: Partial<Reading> = {}): Reading {
  const words = texts.map((text, line) => ({ text, confidence, box: { x0: 10, y0: line * 14, x1: 60, y1: line * 14 + 10 } }));
  const box = { x0: 10, y0: 0, x1: 60, y1: texts.length * 14 };
  return {
    text: texts.join('\n'),
    source: 'recognised',
    width: 595,
    height: 842,
    rotation: 0,
    orientation: 0,
    skew: 0,
    confidence: texts.length === 0 ? null : confidence,
    dpi: 300,
    engine: { provider: 'tesseract_js', version: '7.0.0', language: 'eng' },
    duration_ms: 900,
    blocks: texts.length === 0 ? [] : [{ box, paragraphs: [{ box, lines: words.map((word) => ({ box, words: [word] })) }] }],
    ...facts,
  };
}

const causesOf = (evidence: Partial<Evidence>) =>
  diagnose({ reading: null, error: null, contrast: 0.9, ...evidence }).map(({ cause }) => cause);

describe('diagnose', () => {
  it('has nothing to say of a page that read well', () => {
    expect(causesOf({ reading: reading(FINE, 94) })).toEqual([]);
    expect(causesOf({ reading: reading(FINE, 94, { orientation: 180, skew: 6, dpi: 120 }) })).toEqual([]);
  });

  it.each([
    ['page_timeout', 'timeout'],
    ['chunk_timeout', 'timeout'],
    ['engine_crashed', 'crashed'],
    ['job_stalled', 'crashed'],
    ['page_too_large', 'tooLarge'],
    ['language_not_available', 'languageMissing'],
    ['render_failed', 'notDrawn'],
    ['engine_unavailable', 'engineAway'],
    ['something_new', 'failed'],
  ])('tells of a page that failed with %s: %s', (code, cause) => {
    const [diagnosis] = diagnose({ reading: null, error: { code }, contrast: null });
    expect(diagnosis).toMatchObject({ cause, tone: 'problem' });
    expect(diagnosis!.tries.length).toBeGreaterThan(0);
  });

  it('tells calmly of blank pages and of kept text', () => {
    expect(diagnose({ reading: reading([], 0, { source: 'blank' }), error: null, contrast: 0 })).toEqual([
      { cause: 'blank', tone: 'info', tries: [{ mode: 'force' }] },
    ]);
    expect(causesOf({ reading: reading(FINE, 100, { source: 'kept', engine: null, dpi: null }) })).toEqual(['kept']);
  });

  it('sees when the text a page carries is no text', () => {
    const garbled = reading(['\uE001\uE002\uE003', 'a\uFFFD\uFFFD'], 100, { source: 'kept', engine: null, dpi: null });
    expect(diagnose({ reading: garbled, error: null, contrast: 0.9 })).toMatchObject([
      { cause: 'keptGarbled', tone: 'warning', tries: [{ mode: 'force' }] },
    ]);
  });

  it('tells of pages on which no word was found, and why where it shows', () => {
    expect(causesOf({ reading: reading([], 0) })).toEqual(['noText']);
    expect(causesOf({ reading: reading([], 0), contrast: 0.2 })).toEqual(['faint', 'noText']);
  });

  it('names what makes the image hard to read, the likeliest first', () => {
    expect(causesOf({ reading: reading(FINE, 55, { dpi: 96 }) })).toEqual(['lowResolution']);
    expect(causesOf({ reading: reading(FINE, 55, { dpi: 150 }), contrast: 0.9 })).toEqual(['unclear']);
    expect(causesOf({ reading: reading(FINE, 55), contrast: 0.25 })).toEqual(['faint']);
    expect(causesOf({ reading: reading(FINE, 55, { orientation: 90 }) })).toEqual(['turned']);
    expect(causesOf({ reading: reading(FINE, 55, { skew: -7.26, dpi: 100 }), contrast: 0.2 })).toEqual([
      'faint',
      'lowResolution',
      'skewed',
    ]);
  });

  it('measures the height of the letters in pixels', () => {
    const small = reading(FINE, 55, { dpi: 200 });
    for (const { paragraphs } of small.blocks)
      for (const { lines } of paragraphs) for (const { words } of lines) for (const { box } of words) box.y1 = box.y0 + 4;
    expect(diagnose({ reading: small, error: null, contrast: 0.9 })).toMatchObject([
      { cause: 'smallText', measured: 11, tries: [{ dpi: 400 }] },
    ]);
  });

  it('says so when it cannot tell', () => {
    expect(causesOf({ reading: reading(FINE, 55) })).toEqual(['unclear']);
    expect(causesOf({ reading: reading(FINE, 55), contrast: null })).toEqual(['unclear']);
  });

  it('notices a text in a language that was not looked for, also where the engine was sure of itself', () => {
    const french = 'le contrat est signé par les parties et la société qui vend des biens dans une ville avec vous pour le prix';
    const [diagnosis] = diagnose({ reading: reading(french.split(' '), 88), error: null, contrast: 0.9 });
    expect(diagnosis).toEqual({ cause: 'otherLanguage', tone: 'warning', language: 'fra', tries: [{ language: 'fra' }] });
    const asked = { provider: 'tesseract_js', version: '7.0.0', language: 'eng+fra' };
    expect(causesOf({ reading: reading(french.split(' '), 88, { engine: asked }) })).toEqual([]);
  });
});
