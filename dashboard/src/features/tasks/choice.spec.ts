import { describe, expect, it } from 'vitest';
import { NOTHING, toggled, type Choice } from './choice';

const SHOWN = ['a', 'b', 'c', 'd', 'e'];

describe('what is chosen in the list of tasks', () => {
  const after = (choice: Choice, ...toggles: (string | { to: string })[]) =>
    toggles.reduce<Choice>(
      (so, toggle) => (typeof toggle === 'string' ? toggled(so, toggle, false, SHOWN) : toggled(so, toggle.to, true, SHOWN)),
      choice,
    );
  const ids = (choice: Choice) => [...choice.ids].sort().join('');

  it('grows and shrinks by one', () => {
    expect(ids(after(NOTHING, 'a', 'c', 'e'))).toBe('ace');
    expect(ids(after(NOTHING, 'a', 'c', 'a'))).toBe('c');
  });

  it('takes a range up and down, and takes it back', () => {
    expect(ids(after(NOTHING, 'b', { to: 'd' }))).toBe('bcd');
    expect(ids(after(NOTHING, 'd', { to: 'b' }, 'a'))).toBe('abcd');
    expect(ids(after(NOTHING, 'a', { to: 'e' }, 'b', { to: 'd' }))).toBe('ae');
  });

  it('takes one alone where a range has no beginning', () => {
    expect(ids(after(NOTHING, { to: 'c' }))).toBe('c');
    expect(ids(after({ ...NOTHING, last: 'gone' }, { to: 'c' }))).toBe('c');
  });

  it('leaves what is shown, but for one, when that is taken from everything', () => {
    const choice = after({ ...NOTHING, all: true }, 'b');
    expect([ids(choice), choice.all]).toEqual(['acde', false]);
  });
});
