/** What is chosen in the list of tasks. */
export interface Choice {
  ids: ReadonlySet<string>;
  /** True when everything the filter finds is chosen, also what is not on screen. */
  all: boolean;
  /** The task toggled last: where a range begins. */
  last: string | undefined;
}

export const NOTHING: Choice = { ids: new Set(), all: false, last: undefined };

/**
 * The choice after a task was toggled.
 * @param shown the tasks on screen, in their order
 * @param range true gives everything between the last one toggled and this one the state this one gets
 */
export function toggled({ ids, all, last }: Choice, taskId: string, range: boolean, shown: readonly string[]): Choice {
  const next = new Set(all ? shown : ids);
  const [from = -1, to = -1] = [shown.indexOf(last ?? taskId), shown.indexOf(taskId)].sort((a, b) => a - b);
  const touched = range && from >= 0 ? shown.slice(from, to + 1) : [taskId];
  const add = !next.has(taskId);
  for (const id of touched) {
    if (add) next.add(id);
    else next.delete(id);
  }
  return { ids: next, all: false, last: taskId };
}
