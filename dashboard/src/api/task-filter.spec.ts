import { describe, expect, it } from 'vitest';
import { readFilter, toListQuery, toMetadata } from './task-filter';

describe('readFilter', () => {
  it('takes from an address what makes sense, and leaves the rest', () => {
    expect(
      readFilter({ q: 'Durand', status: ['failed', 'nonsense'], priority: 'HIGH', from: 'yesterday', sort: 'name', x: 1 }),
    ).toEqual({
      q: 'Durand',
      status: ['failed'],
      priority: ['HIGH'],
      sort: 'name',
    });
  });

  it('takes a number typed as a search for text', () => {
    expect(readFilter({ q: 2026 })).toEqual({ q: '2026' });
  });

  it('keeps the usual order out of the address', () => {
    expect(readFilter({ sort: '-created_at' })).toEqual({});
  });
});

describe('toListQuery', () => {
  it('asks for whole days of the user’s zone, both inclusive', () => {
    const query = toListQuery({ from: '2026-03-01', to: '2026-03-01' });
    const [from, to] = [new Date(query.created_from!), new Date(query.created_to!)];
    expect([from.getHours(), from.getMinutes(), from.getDate()]).toEqual([0, 0, 1]);
    expect([to.getHours(), to.getMinutes(), to.getDate()]).toEqual([23, 59, 1]);
  });

  it('asks for the tasks of a tenant, which the address names', () => {
    expect(toListQuery(readFilter({ tenant: 'Durand' }))).toEqual({ tenant: 'Durand', sort: '-created_at' });
  });

  it('sorts the newest first unless told otherwise', () => {
    expect(toListQuery({})).toEqual({ sort: '-created_at' });
  });
});

describe('toMetadata', () => {
  it.each([
    ['customer=Durand', { customer: 'Durand' }],
    ['formula = a=b', { formula: 'a=b' }],
    ['urgent', { urgent: true }],
  ])('reads %s', (text, metadata) => expect(toMetadata(text)).toEqual(metadata));
});
