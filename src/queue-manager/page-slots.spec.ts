import { describe, expect, it } from 'vitest';
import { PageSlots } from './page-slots.js';

/** Work that ends when told. */
function gate() {
  let open = () => {};
  const done = new Promise<void>((resolve) => (open = resolve));
  return { done, open };
}

describe('PageSlots', () => {
  const never = new AbortController().signal;

  it('runs no more than its size at a time, the longest waiting first', async () => {
    const slots = new PageSlots(1);
    const order: string[] = [];
    const first = gate();
    const a = slots.run(never, () => first.done.then(() => void order.push('a')));
    const b = slots.run(never, async () => void order.push('b'));
    const c = slots.run(never, async () => void order.push('c'));
    expect(slots.free).toBe(-2);
    expect(slots.running).toBe(1);
    first.open();
    await Promise.all([a, b, c]);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(slots.free).toBe(1);
  });

  it('keeps places for announced pages until they come, or no more of them do', async () => {
    const slots = new PageSlots(3);
    const pages = slots.announce(3);
    expect(slots.free).toBe(0);
    const first = gate();
    const a = pages.run(never, () => first.done);
    expect([slots.free, slots.running]).toEqual([0, 1]);
    pages.end();
    expect(slots.free).toBe(2);
    pages.end();
    const unannounced = pages.run(never, async () => {});
    expect(slots.free).toBe(1);
    first.open();
    await Promise.all([a, unannounced]);
    expect(slots.free).toBe(3);
  });

  it('does work that goes before the announced pages in one place, and gives those back that are done with that', async () => {
    let told = 0;
    const slots = new PageSlots(3, () => told++);
    const pages = slots.announce(3);
    const first = gate();
    const ahead = pages.runAhead(never, () => first.done);
    expect([slots.free, slots.running]).toEqual([-1, 1]);
    first.open();
    await ahead;
    expect(slots.free).toBe(0);
    told = 0;
    pages.expect(1);
    expect([slots.free, told]).toEqual([2, 1]);
    pages.expect(2);
    expect([slots.free, told]).toEqual([1, 1]);
    await pages.run(never, async () => {});
    pages.end();
    expect(slots.free).toBe(3);
  });

  it('lets an aborted one leave the queue', async () => {
    const slots = new PageSlots(1);
    const first = gate();
    const a = slots.run(never, () => first.done);
    const stop = new AbortController();
    const b = slots.run(stop.signal, () => Promise.reject(new Error('must not run')));
    stop.abort(new Error('stopped'));
    await expect(b).rejects.toThrow('stopped');
    expect(slots.free).toBe(0);
    first.open();
    await a;
  });

  it('frees its place after a failure and says so', async () => {
    let told = 0;
    const slots = new PageSlots(1, () => told++);
    await expect(slots.run(never, () => Promise.reject(new Error('bad')))).rejects.toThrow('bad');
    expect(slots.free).toBe(1);
    expect(told).toBe(1);
  });
});
