import { describe, expect, it } from 'vitest';
import { writtenDown } from './written-down.js';

const nested = (levels: number, within: string) => `${'{"a":['.repeat(levels)}${within}${']}'.repeat(levels)}`;

describe('what is written down', () => {
  it.each(['1', '"\\n\\"é"', 'null', '[]', '{}', '[[],{},true,-1.5e+300]', '{"b":[1,"",{"c":null}],"":false}'])(
    'is the same however deeply it is nested: %s',
    (within) => {
      const deep = nested(50_000, within);
      expect(() => JSON.stringify(JSON.parse(deep))).toThrow(RangeError);
      expect(writtenDown(JSON.parse(deep)) === deep).toBe(true);
      expect(writtenDown(JSON.parse(within))).toBe(JSON.stringify(JSON.parse(within)));
    },
  );

  it('leaves out what is undefined, as for others', () => {
    const deep = { first: undefined, deep: JSON.parse(nested(50_000, '0')) as unknown, list: [undefined] };
    expect(writtenDown(deep) === `{"deep":${nested(50_000, '0')},"list":[null]}`).toBe(true);
  });
});
