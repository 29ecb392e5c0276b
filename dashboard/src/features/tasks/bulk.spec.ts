import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BulkRequest } from '~/api/types';

vi.stubGlobal('window', { location: { origin: 'http://localhost' } });
vi.stubGlobal('sessionStorage', { getItem: () => null });
const asked: BulkRequest[] = [];
/** What the server gets to in a call; the first task of the next one is found by `after`. */
const MOST = 40;
vi.stubGlobal('fetch', async (request: Request) => {
  const body = (await request.json()) as BulkRequest;
  asked.push(body);
  const { ids = [], after = '' } = body.filter;
  const left = ids.filter((id) => id > after);
  const done = left.slice(0, MOST);
  const next_after = left.length > MOST ? done.at(-1)! : null;
  return Response.json({ matched: done.length, changed: done.length, errors: [], as_of: '2026-01-01T00:00:00.000Z', next_after });
});
const { carryOut } = await import('./bulk');

describe('what is done to many tasks', () => {
  const ids = Array.from({ length: 150 }, (_, index) => String(1000 + index));
  const progress: number[] = [];
  beforeEach(() => {
    asked.length = 0;
    progress.length = 0;
  });
  const act = (signal = new AbortController().signal) =>
    carryOut(
      { action: 'delete' },
      { ids: new Set(ids), all: false },
      {},
      '',
      ({ changed }) => void progress.push(changed),
      signal,
    );

  it('goes on where a call has ended before all of its tasks were through', async () => {
    expect(await act()).toEqual({ matched: 150, changed: 150, errors: [] });
    expect(progress).toEqual([40, 80, 100, 140, 150]);
    expect(asked.map(({ filter }) => filter.after)).toEqual([undefined, '1039', '1079', undefined, '1139']);
  });

  it('stops between two calls', async () => {
    expect(await act(AbortSignal.abort())).toMatchObject({ changed: 40 });
  });
});
