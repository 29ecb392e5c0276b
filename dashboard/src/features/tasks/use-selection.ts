import { useEffect, useMemo, useState } from 'react';
import type { TaskListFilter } from '~/api/task-filter';
import type { TaskSummary } from '~/api/types';

/** What is chosen for a bulk action: some tasks, or everything the filter finds, also what is not on screen. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** True when the whole filter is chosen. */
  all: boolean;
  isEmpty: boolean;
  allShown: boolean;
  has: (taskId: string) => boolean;
  /** @param range true chooses everything between the last one toggled and this one */
  toggle: (taskId: string, range?: boolean) => void;
  selectAllShown: () => void;
  selectAll: () => void;
  clear: () => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useSelection(tasks: TaskSummary[] | undefined, filter: TaskListFilter): Selection {
  const [ids, setIds] = useState(NONE);
  const [all, setAll] = useState(false);
  const [last, setLast] = useState<string>();
  const key = JSON.stringify(filter);
  const clear = () => {
    setIds(NONE);
    setAll(false);
  };
  useEffect(clear, [key]);

  const shown = useMemo(() => tasks?.map(({ task_id }) => task_id) ?? [], [tasks]);
  const toggle = (taskId: string, range = false) => {
    const next = new Set(all ? shown : ids);
    const [from, to] = [shown.indexOf(last ?? taskId), shown.indexOf(taskId)].sort((a, b) => a - b) as [number, number];
    const touched = range && from >= 0 ? shown.slice(from, to + 1) : [taskId];
    const add = !next.has(taskId);
    for (const id of touched) {
      if (add) next.add(id);
      else next.delete(id);
    }
    setAll(false);
    setIds(next);
    setLast(taskId);
  };

  return {
    ids,
    all,
    isEmpty: !all && ids.size === 0,
    allShown: all || (shown.length > 0 && shown.every((id) => ids.has(id))),
    has: (taskId) => all || ids.has(taskId),
    toggle,
    selectAllShown: () => {
      setAll(false);
      setIds(new Set(shown));
    },
    selectAll: () => setAll(true),
    clear,
  };
}
