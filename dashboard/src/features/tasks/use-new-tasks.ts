import { useEffect, useRef, useState } from 'react';
import { fetchTasks, PAGE_SIZE } from '~/api/queries';
import type { TaskListFilter } from '~/api/task-filter';
import type { TaskSummary } from '~/api/types';
import { liveSocket, usePollingFallback } from '~/live/live';

/** After a task came in, how long others may follow before the list is asked what is new. */
const GATHER_MS = 700;

export interface NewTasks {
  /** How many tasks of the filter are not in the list; `PAGE_SIZE` means that many or more. */
  count: number;
  /** Brings them in. */
  show: () => void;
}

/**
 * Counts the tasks that came in since the list was fetched and that its filter would show. The list itself stays as it is until the
 * reader asks for them, so that no row moves under the pointer.
 */
export function useNewTasks(filter: TaskListFilter, shown: TaskSummary[] | undefined, refetch: () => void): NewTasks {
  const [count, setCount] = useState(0);
  const polling = usePollingFallback();
  const known = useRef(shown);
  known.current = shown;
  const key = JSON.stringify(filter);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const look = async () => {
      timer = undefined;
      if (known.current === undefined) return;
      const { tasks } = await fetchTasks(filter, null, PAGE_SIZE);
      const ids = new Set(known.current.map(({ task_id }) => task_id));
      const oldest = known.current.at(-1);
      // With another order than by time, tasks further down the list are no news: only those created later than the list are.
      const newest = known.current.reduce((latest, task) => (task.task_id > latest ? task.task_id : latest), '');
      const fresh = tasks.filter(({ task_id }) => !ids.has(task_id) && (oldest === undefined || task_id > newest));
      if (!gone) setCount(fresh.length);
    };
    const lookSoon = () => {
      timer ??= setTimeout(() => look().catch(() => {}), GATHER_MS);
    };
    setCount(0);
    // A list that was there before, and what may have come since.
    if (known.current !== undefined) lookSoon();
    const stop = liveSocket.onMessage((message) => {
      if (message.type === 'snapshot' || (message.type === 'status' && message.event?.type === 'task.queued')) lookSoon();
    });
    const poll = polling === false ? undefined : setInterval(lookSoon, polling);
    return () => {
      gone = true;
      clearTimeout(timer);
      clearInterval(poll);
      stop();
    };
    // The filter is compared by what it says.
  }, [key, polling]);

  return {
    count,
    show: () => {
      setCount(0);
      refetch();
      window.scrollTo({ top: 0 });
    },
  };
}
