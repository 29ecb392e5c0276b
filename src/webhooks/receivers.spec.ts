import { describe, expect, it } from 'vitest';
import { Receivers } from './receivers.js';

describe('Receivers', () => {
  let now = 0;
  const fresh = () => {
    now = 0;
    return new Receivers(() => now);
  };
  const room = (receivers: Receivers, name = 'a') => receivers.roomFor([name]).get(name) ?? 0;
  /** One request, begun and ended. */
  const askWell = (receivers: Receivers, name: string) => receivers.begin(name)({ isWell: true });
  const ask = (receivers: Receivers, isWell: boolean, retryAfter?: number) => receivers.begin('a')({ isWell, retryAfter });

  it('gives one that answers several requests at a time, soon eight', () => {
    const receivers = fresh();
    const rooms = [room(receivers)];
    for (let n = 0; n < 5; n++) {
      ask(receivers, true);
      rooms.push(room(receivers));
    }
    expect(rooms).toEqual([1, 2, 4, 8, 8, 8]);
    receivers.begin('a');
    expect(room(receivers)).toBe(7);
  });

  it('asks one that does not ever more rarely, one request at a time, and trusts it again once it does', () => {
    const receivers = fresh();
    for (let n = 0; n < 3; n++) ask(receivers, true);
    const rests: number[] = [];
    for (let n = 0; n < 9; n++) {
      ask(receivers, false);
      const from = now;
      while (room(receivers) === 0) now += 500;
      expect(room(receivers)).toBe(1);
      rests.push((now - from) / 1000);
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    ask(receivers, true);
    expect(room(receivers)).toBe(2);
  });

  it('takes what fails together for one failure', () => {
    const receivers = fresh();
    for (let n = 0; n < 3; n++) ask(receivers, true);
    const ends = Array.from({ length: 8 }, () => receivers.begin('a'));
    for (const end of ends) end({ isWell: false });
    now = 1000;
    expect(room(receivers)).toBe(1);
  });

  it('leaves one alone that asks for it, a minute at most', () => {
    const receivers = fresh();
    ask(receivers, false, 30);
    now = 29_000;
    expect(room(receivers)).toBe(0);
    now = 30_000;
    expect(room(receivers)).toBe(1);
    ask(receivers, false, 3600);
    now += 60_000;
    expect(room(receivers)).toBe(1);
  });

  it('keeps places for those that answer, and has no more than there are', () => {
    const receivers = fresh();
    for (const name of ['a', 'b', 'c', 'd', 'e']) for (let n = 0; n < 3; n++) receivers.begin(name)({ isWell: true });
    const strangers = Array.from({ length: 40 }, (_, n) => `stranger ${n}`);
    const rooms = receivers.roomFor(strangers);
    expect(rooms.size).toBe(24);
    for (const name of rooms.keys()) receivers.begin(name);
    expect(receivers.roomFor(strangers).size).toBe(0);
    expect(receivers.roomFor([...strangers, 'a', 'b'])).toEqual(new Map([['a', 8]]));
    expect(receivers.free).toBe(8);
  });

  it('leaves nobody out, however slowly and however many others answer', () => {
    const receivers = fresh();
    const slow = ['a', 'b', 'c', 'd'];
    const ends: [string, (end: { isWell: boolean }) => void][] = [];
    for (const name of slow) for (let n = 0; n < 3; n++) askWell(receivers, name);
    const told: Record<string, number> = {};
    for (let round = 0; round < 200; round++) {
      const [name, rooms] = ['z', receivers.roomFor([...slow, 'z'])];
      for (const [receiver, places] of rooms) for (let n = 0; n < places; n++) ends.push([receiver, receivers.begin(receiver)]);
      const [first, end] = ends.shift()!;
      told[first] = (told[first] ?? 0) + 1;
      end({ isWell: true });
      expect(round < 50 || (told[name] ?? 0) > 0, `${name} is asked by round ${round}`).toBe(true);
    }
    expect(Math.min(...[...slow, 'z'].map((name) => told[name] ?? 0))).toBeGreaterThan(20);
  });

  it('remembers no more than it needs to, but never forgets what is under way', () => {
    const receivers = fresh();
    const end = receivers.begin('a');
    for (let n = 0; n < 10_000; n++) receivers.begin(`host ${n}`)({ isWell: false });
    expect(room(receivers), 'one is under way').toBe(0);
    expect(room(receivers, 'host 0'), 'forgotten').toBe(1);
    expect(room(receivers, 'host 9999'), 'still left alone').toBe(0);
    end({ isWell: true });
    expect(room(receivers)).toBe(2);
  });
});
