export const TABS = ['pages', 'timeline', 'details'] as const;
export type TaskTab = (typeof TABS)[number];

/** What the address of a task carries. */
export interface TaskSearch {
  /** Absent: the pages. */
  tab?: TaskTab;
}

export function readTaskSearch({ tab }: Record<string, unknown>): TaskSearch {
  const known = TABS.find((each) => each === tab);
  return known === undefined || known === 'pages' ? {} : { tab: known };
}
