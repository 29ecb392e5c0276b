import { describe, expect, it } from 'vitest';
import { VainLooks } from './vain-looks.js';

describe('VainLooks', () => {
  let time = 0;

  it('spares looks for what was not there, but not for anything else', () => {
    const looks = new VainLooks(1000, () => time);
    expect(looks.mayFind(['prepare', 'merge'])).toBe(true);
    looks.begin(['prepare', 'merge'])();
    expect(looks.mayFind(['prepare', 'merge'])).toBe(false);
    expect(looks.mayFind(['merge'])).toBe(false);
    expect(looks.mayFind(['chunk', 'prepare', 'merge'])).toBe(true);
    expect(looks.mayFind([])).toBe(false);
  });

  it('holds until something is heard of, and no longer than told', () => {
    const looks = new VainLooks(1000, () => time);
    looks.begin(['chunk'])();
    looks.forget();
    expect(looks.mayFind(['chunk'])).toBe(true);
    looks.begin(['chunk'])();
    time += 999;
    expect(looks.mayFind(['chunk'])).toBe(false);
    time += 1;
    expect(looks.mayFind(['chunk'])).toBe(true);
  });

  it('counts no look during which something was heard of', () => {
    const looks = new VainLooks(1000, () => time);
    const nothingFound = looks.begin(['chunk']);
    looks.forget();
    nothingFound();
    expect(looks.mayFind(['chunk'])).toBe(true);
  });
});
