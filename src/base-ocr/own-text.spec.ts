import { describe, expect, it } from 'vitest';
import type { PageContent } from '../document/document.types.js';
import { keepsOwnText } from './own-text.js';

const page = (visibleChars: number, invisibleChars: number, coverage = 0): PageContent => ({
  width: 612,
  height: 792,
  rotation: 0,
  visibleChars,
  invisibleChars,
  images: coverage > 0 ? [{ coverage, dpi: 300, bitsPerPixel: 8 }] : [],
  hasVectors: false,
});

describe('the text a page carries', () => {
  const digital = page(2000, 0);
  const figure = page(400, 0, 0.6);
  const shortTitle = page(12, 0, 0.2);
  const scan = page(0, 0, 1);
  const ocredScan = page(0, 1800, 1);
  const stampedScan = page(20, 0, 1);
  const stampedOcredScan = page(20, 1800, 1);
  const empty = page(0, 0);

  it.each([
    ['a digital page', digital, true, true],
    ['text around a figure', figure, true, true],
    ['a title beside a picture', shortTitle, true, true],
    ['a scan', scan, false, false],
    ['a scan read by someone before', ocredScan, true, false],
    ['a scan with a printed stamp', stampedScan, false, false],
    ['a scan read before, with a printed stamp', stampedOcredScan, true, false],
    ['an empty page', empty, false, false],
  ])('of %s', (_, content, keptWhenSkipping, keptWhenRedoing) => {
    expect(keepsOwnText(content, 'skip_text')).toBe(keptWhenSkipping);
    expect(keepsOwnText(content, 'redo')).toBe(keptWhenRedoing);
    expect(keepsOwnText(content, 'force')).toBe(false);
  });
});
