import { describe, expect, it } from 'vitest';
import { contentOperators } from './content-operators.js';
import { stripInvisibleText } from './strip-invisible-text.js';

function strip(content: string, forms: string[] = []): string {
  const { data } = stripInvisibleText(Buffer.from(content, 'latin1'), (name) => forms.includes(name));
  return Buffer.from(data).toString('latin1').replace(/\s+/g, ' ').trim();
}

describe('invisible text', () => {
  it('goes, visible text stays', () => {
    expect(strip('BT 3 Tr (old) Tj 0 Tr 1 0 0 1 5 5 Tm (seen) Tj ET')).toBe('BT 3 Tr 0 Tr 1 0 0 1 5 5 Tm (seen) Tj ET');
  });

  it('goes in all four ways text is shown, with what they set besides kept', () => {
    expect(strip('BT 3 Tr (a) Tj [(b) -20 <63>] TJ (c) \' 1 2 (d) " ET')).toBe('BT 3 Tr T* 1 Tw 2 Tc T* ET');
  });

  it('is followed through saved and restored states', () => {
    expect(strip('q 3 Tr BT (x) Tj ET Q BT (y) Tj ET')).toBe('q 3 Tr BT ET Q BT (y) Tj ET');
  });

  it('stays where visible text after it would move', () => {
    const content = 'BT 3 Tr (lead) Tj 0 Tr (seen) Tj ET';
    expect(strip(content)).toBe(content);
  });

  it('goes with the form that holds nothing else', () => {
    expect(strip('q /OCR-1 Do Q q /Im0 Do Q', ['OCR-1'])).toBe('q Q q /Im0 Do Q');
  });

  it('is told from what only looks like it: strings, comments, inline images', () => {
    const content = 'BT (3 Tr \\) (nested) Tj) Tj % 3 Tr\n<33205472> Tj ET BI /W 1 /H 1 ID \n3 Tr (x) Tj\x80\xff EI Q';
    const { changed, visible } = stripInvisibleText(Buffer.from(content, 'latin1'), () => false);
    expect({ changed, visible }).toEqual({ changed: false, visible: true });
  });

  it('tells a stream that shows nothing', () => {
    expect(stripInvisibleText(Buffer.from('BT 3 Tr (x) Tj ET'), () => false)).toMatchObject({ changed: true, visible: false });
    expect(stripInvisibleText(Buffer.from('BT 3 Tr (x) Tj ET 0 0 9 9 re f'), () => false).visible).toBe(true);
  });
});

describe('operators', () => {
  const names = (content: string) => [...contentOperators(Buffer.from(content, 'latin1'))].map(({ name }) => name);

  it('are found with nested operands and without white space between', () => {
    expect(names('/Span<</A[(]) /B]/C<</D 1>>>>BDC[(a)-2(b)]TJ(c)Tj/F1 12 Tf EMC')).toEqual(['BDC', 'TJ', 'Tj', 'Tf', 'EMC']);
  });

  it('are found in cut-off content without an end', () => {
    for (const content of ['(open', '[1 2', '<41', '/Name', 'BI /W 1 ID abc', '<<', '1 2'])
      expect(names(content).length).toBeLessThan(2);
  });
});
