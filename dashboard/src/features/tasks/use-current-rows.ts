import { useQuery } from '@tanstack/react-query';
import type { TaskListFilter } from '~/api/task-filter';
import type { TaskSummary } from '~/api/types';
import { useTaskPolling } from '~/live/live';
import { taskRows } from '~/live/shown-rows';

/**
 * Keeps the rows of a list up to date where messages do not: while the socket is away, after it was, and when the reader comes back to the
 * list or to the page. The list itself is fetched anew only when the reader wants that.
 * @param tasks undefined until the list has come
 */
export function useCurrentRows(filter: TaskListFilter, tasks: readonly TaskSummary[] | undefined): void {
  const polling = useTaskPolling();
  const isThere = tasks !== undefined;
  useQuery({
    queryKey: ['rows', filter],
    queryFn: async () => {
      await taskRows.renew(taskRows.shown());
      return true;
    },
    enabled: isThere,
    // A list that is coming now has no old rows.
    initialData: true,
    initialDataUpdatedAt: isThere ? 0 : undefined,
    refetchInterval: polling(tasks?.some(({ held }) => held) ?? false),
  });
}
