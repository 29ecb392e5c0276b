import type { AttentionKind } from '~/api/types';
import { KINDS } from './attention-list';

export const WINDOWS = ['5m', '1h', '1d'] as const;
export type HistoryWindow = (typeof WINDOWS)[number];

/** What the address of the overview carries. */
export interface OverviewSearch {
  /** How far back the charts go; absent: an hour. */
  window?: HistoryWindow;
  /** The one kind of trouble that is looked at; absent: all. */
  attention?: AttentionKind;
}

export function readOverviewSearch({ window, attention }: Record<string, unknown>): OverviewSearch {
  const span = WINDOWS.find((each) => each === window && each !== '1h');
  const kind = KINDS.find((each) => each === attention);
  return { ...(span && { window: span }), ...(kind && { attention: kind }) };
}
