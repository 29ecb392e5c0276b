import { describe, expect, it } from 'vitest';
import { contentOperators } from './content-operators.js';
import { stripInvisibleText, type DrawnInstead, type StripOptions, type StrippedContent } from './strip-invisible-text.js';

function stripped(content: string, options: Partial<StripOptions> = {}): Promise<StrippedContent> {
  return stripInvisibleText(Buffer.from(content, 'latin1'), { drawn: async () => 'stays', ...options });
}

async function strip(content: string, options: Partial<StripOptions> = {}): Promise<string> {
  const { data } = await stripped(content, options);
  return Buffer.from(data).toString('latin1').replace(/\s+/g, ' ').trim();
}

describe('invisible text', () => {
  it('goes, visible text stays', async () => {
    expect(await strip('BT 3 Tr (old) Tj 0 Tr 1 0 0 1 5 5 Tm (seen) Tj ET')).toBe('BT 3 Tr 0 Tr 1 0 0 1 5 5 Tm (seen) Tj ET');
  });

  it('goes in all four ways text is shown, with what they set besides kept', async () => {
    expect(await strip('BT 3 Tr (a) Tj [(b) -20 <63>] TJ (c) \' 1 2 (d) " ET')).toBe('BT 3 Tr T* 1 Tw 2 Tc T* ET');
  });

  it('is followed through saved and restored states', async () => {
    expect(await strip('q 3 Tr BT (x) Tj ET Q BT (y) Tj ET')).toBe('q 3 Tr BT ET Q BT (y) Tj ET');
  });

  it('stays where visible text after it would move', async () => {
    const content = 'BT 3 Tr (lead) Tj 0 Tr (seen) Tj ET';
    expect(await strip(content)).toBe(content);
  });

  it('goes with the form that holds nothing else', async () => {
    const drawn = async (name: string) => (name === 'OCR-1' ? 'goes' : 'stays') as DrawnInstead;
    expect(await strip('q /OCR#2D1 Do Q q /Im0 Do Q', { drawn })).toBe('q Q q /Im0 Do Q');
  });

  it('goes with what another form draws instead, and follows the mode into it', async () => {
    const drawn = async (name: string, mode: string) => (name === 'Fm' ? { name: `New${mode}` } : 'stays') as DrawnInstead;
    expect(await strip('/Fm Do q 3 Tr /Fm Do Q BT 3 Tr (x) Tj ET', { drawn })).toBe('/New0 Do q 3 Tr /New3 Do Q BT 3 Tr ET');
    expect(await strip('BT (x) Tj ET', { mode: '3' })).toBe('BT ET');
  });

  it('is told from what only looks like it: strings, comments, inline images', async () => {
    const content = 'BT (3 Tr \\) (nested) Tj) Tj % 3 Tr\n<33205472> Tj ET BI /W 1 /H 1 ID \n3 Tr (x) Tj\x80\xff EI Q';
    const { changed, visible } = await stripped(content);
    expect({ changed, visible }).toEqual({ changed: false, visible: true });
  });

  it('tells a stream that shows nothing', async () => {
    expect(await stripped('BT 3 Tr (x) Tj ET')).toMatchObject({ changed: true, visible: false });
    expect((await stripped('BT 3 Tr (x) Tj ET 0 0 9 9 re f')).visible).toBe(true);
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
