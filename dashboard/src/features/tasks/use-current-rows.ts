import { useQuery } from '@tanstack/react-query';
import type { TaskListFilter } from '~/api/task-filter';
import { usePollingFallback } from '~/live/live';
import { taskRows } from '~/live/shown-rows';

/**
 * Keeps the rows of a list up to date where messages do not: while the socket is away, after it was, and when the reader comes back to the
 * list or to the page. The list itself is fetched anew only when the reader wants that.
 * @param isThere false until the list has come
 */
export function useCurrentRows(filter: TaskListFilter, isThere: boolean): void {
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
    refetchInterval: usePollingFallback(),
  });
}
