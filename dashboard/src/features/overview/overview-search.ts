export const WINDOWS = ['5m', '1h', '1d'] as const;
export type HistoryWindow = (typeof WINDOWS)[number];

/** What the address of the overview carries. */
export interface OverviewSearch {
  /** How far back the charts go; absent: an hour. */
  window?: HistoryWindow;
}

export function readOverviewSearch({ window }: Record<string, unknown>): OverviewSearch {
  const known = WINDOWS.find((each) => each === window);
  return known === undefined || known === '1h' ? {} : { window: known };
}
