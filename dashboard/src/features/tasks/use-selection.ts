import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { TaskListFilter } from '~/api/task-filter';
import type { TaskSummary } from '~/api/types';
import { NOTHING, toggled } from './choice';

/** What is chosen for a bulk action: some tasks, or everything the filter finds, also what is not on screen. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** True when the whole filter is chosen. */
  all: boolean;
  isEmpty: boolean;
  allShown: boolean;
  has: (taskId: string) => boolean;
  /**
   * The same function for as long as the list is there, so that rows need not be painted again for it.
   * @param range true chooses everything between the last one toggled and this one
   */
  toggle: (taskId: string, range?: boolean) => void;
  selectAllShown: () => void;
  selectAll: () => void;
  clear: () => void;
}

export function useSelection(tasks: TaskSummary[] | undefined, filter: TaskListFilter): Selection {
  const [choice, choose] = useState(NOTHING);
  const { ids, all } = choice;
  const clear = () => choose(NOTHING);
  const key = JSON.stringify(filter);
  useEffect(clear, [key]);

  const shown = useMemo(() => tasks?.map(({ task_id }) => task_id) ?? [], [tasks]);
  const onScreen = useRef(shown);
  useEffect(() => {
    onScreen.current = shown;
  }, [shown]);
  const toggle = useCallback(
    (taskId: string, range = false) => choose((before) => toggled(before, taskId, range, onScreen.current)),
    [],
  );

  return {
    ids,
    all,
    isEmpty: !all && ids.size === 0,
    allShown: all || (shown.length > 0 && shown.every((id) => ids.has(id))),
    has: (taskId) => all || ids.has(taskId),
    toggle,
    selectAllShown: () => choose({ ...NOTHING, ids: new Set(shown) }),
    selectAll: () => choose({ ...NOTHING, all: true }),
    clear,
  };
}
