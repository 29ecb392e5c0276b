import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { TaskSummary } from '~/api/types';

interface TaskPage {
  tasks: TaskSummary[];
  next_cursor: string | null;
}

type List = InfiniteData<TaskPage> | TaskSummary[] | { items: unknown };

/** Rows that are asked for in one call: their ids stand in its address. */
const ROWS_A_CALL = 50;

/**
 * The rows of the lists of tasks in the query cache. They are changed where they stand: none comes or moves while somebody reads them,
 * whatever became of their tasks, and none goes but those of tasks that are gone.
 */
export class TaskRows {
  private readonly wanted = new Set<string>();
  private renewal: Promise<void> | undefined;

  /** @param fetchRows gives the tasks of some ids as they are now; those that are gone are left out */
  constructor(
    private readonly queries: QueryClient,
    private readonly fetchRows: (ids: string[]) => Promise<TaskSummary[]>,
  ) {}

  /** @param change gives a row as it is now, or null when its task is gone */
  update(change: (task: TaskSummary) => TaskSummary | null): void {
    const changed = (tasks: TaskSummary[]) => tasks.map(change).filter((task) => task !== null);
    this.queries.setQueriesData<List>({ queryKey: ['tasks'] }, (list) => {
      // What needs attention is asked for anew: which tasks do, only the server knows.
      if (list === undefined || 'items' in list) return list;
      if (Array.isArray(list)) return changed(list);
      return { ...list, pages: list.pages.map((page) => ({ ...page, tasks: changed(page.tasks) })) };
    });
  }

  /** Ids of the rows in the long lists that are on the screen. The short ones are asked for anew as a whole. */
  shown(): string[] {
    const lists = this.queries.getQueryCache().findAll({ queryKey: ['tasks'], type: 'active' });
    const data = lists.map(({ state }) => state.data as List | undefined);
    const pages = data.flatMap((list) => (list !== undefined && 'pages' in list ? list.pages : []));
    return [...new Set(pages.flatMap(({ tasks }) => tasks.map(({ task_id }) => task_id)))];
  }

  /**
   * Fetches rows again. One call after the other, so that no answer is overtaken by an older one; what is asked for meanwhile is added,
   * and what was not got is asked for again with the next.
   */
  renew(ids: Iterable<string>): Promise<void> {
    for (const id of ids) this.wanted.add(id);
    this.renewal ??= this.renewWanted().finally(() => (this.renewal = undefined));
    return this.renewal;
  }

  private async renewWanted(): Promise<void> {
    while (this.wanted.size > 0) {
      const ids = [...this.wanted].slice(0, ROWS_A_CALL);
      for (const id of ids) this.wanted.delete(id);
      try {
        const now = new Map((await this.fetchRows(ids)).map((task) => [task.task_id, task]));
        const asked = new Set(ids);
        this.update((task) => now.get(task.task_id) ?? (asked.has(task.task_id) ? null : task));
      } catch (error) {
        for (const id of ids) this.wanted.add(id);
        throw error;
      }
    }
  }
}
