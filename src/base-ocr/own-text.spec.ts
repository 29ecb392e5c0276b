import { describe, expect, it } from 'vitest';
import type { PageContent } from '../document/document.types.js';
import { planPage } from './own-text.js';

const page = (visibleChars: number, invisibleChars: number, coverage = 0): PageContent => ({
  width: 612,
  height: 792,
  rotation: 0,
  visibleChars,
  invisibleChars,
  images: coverage > 0 ? [{ coverage, dpi: 300 }] : [],
  pictured: coverage,
  hasVectors: false,
  empty: visibleChars + invisibleChars + coverage === 0,
});

describe('the plan for a page', () => {
  const [keep, both, read, nothing] = ['keep', 'keep and read pictures', 'read', 'nothing'] as const;

  it.each([
    ['a digital page', page(2000, 0), keep, keep],
    ['a digital page with a small logo', page(2000, 0, 0.01), keep, keep],
    ['text around a figure', page(400, 0, 0.6), both, both],
    ['a scan', page(0, 0, 1), read, read],
    ['a scan read by someone before', page(0, 1800, 1), keep, read],
    ['a scan with a printed stamp', page(20, 0, 1), both, both],
    ['a scan read before, with a printed stamp', page(20, 1800, 1), keep, both],
    ['a page with nothing but lines', { ...page(0, 0), hasVectors: true, empty: false }, read, read],
    ['an empty page', page(0, 0), nothing, nothing],
  ])('that is %s', (_, content, whenSkipping, whenRedoing) => {
    expect(planPage(content, 'skip_text')).toBe(whenSkipping);
    expect(planPage(content, 'redo')).toBe(whenRedoing);
    expect(planPage(content, 'force')).toBe(content.empty ? 'nothing' : 'read');
  });
});
