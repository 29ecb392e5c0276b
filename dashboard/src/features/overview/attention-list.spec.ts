import { describe, expect, it } from 'vitest';
import type { AttentionItem, AttentionKind } from '~/api/types';
import { firstOfEach } from './attention-list';

const items = (...kinds: AttentionKind[]) => kinds.map((kind, at) => ({ kind, since: String(at) }) as AttentionItem);
const shown = (list: AttentionItem[], most: number) => firstOfEach(list, most).map(({ kind, since }) => `${kind} ${since}`);

describe('the first of what needs attention', () => {
  it('has room for every kind, in the order given', () => {
    const list = items('stalled', 'stalled', 'stalled', 'failed', 'failed', 'gaps', 'low_confidence');
    expect(shown(list, 5)).toEqual(['stalled 0', 'stalled 1', 'failed 3', 'gaps 5', 'low_confidence 6']);
    expect(shown(list, 6)).toEqual(['stalled 0', 'stalled 1', 'failed 3', 'failed 4', 'gaps 5', 'low_confidence 6']);
  });

  it('fills up with one kind where there is no other, and is all where there is little', () => {
    expect(shown(items('failed', 'failed', 'failed'), 2)).toEqual(['failed 0', 'failed 1']);
    expect(shown(items('gaps'), 5)).toEqual(['gaps 0']);
    expect(shown([], 5)).toEqual([]);
  });
});
