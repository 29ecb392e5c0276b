import type { QueryClient } from '@tanstack/react-query';
import { byId } from '~/api/queries';
import type { Task, TaskEvent } from '~/api/types';
import { liveTasks, withLive } from './live-tasks';
import type { LiveMessage, LiveTask, TaskMessage } from './messages';
import type { TaskRows } from './task-rows';

/** How long changes are gathered before lists are painted anew. */
const GATHER_MS = 150;
/** How long after a change a task's details, which messages do not carry, are fetched again. */
const DETAILS_MS = 400;

/** Puts what the socket tells into the query cache. One for the page. */
export class LiveMerge {
  private readonly moved = new Map<string, LiveTask>();
  private readonly stale = new Set<string>();
  private readonly staleRows = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private staleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly queries: QueryClient,
    private readonly rows: TaskRows,
  ) {}

  readonly hear = (message: LiveMessage): void => {
    if (message.type === 'stats') this.queries.setQueryData(['stats'], message.stats);
    else if (message.type === 'snapshot') {
      this.queries.setQueryData(['stats'], message.stats);
      for (const task of message.tasks) this.note(task);
      // It tells of unfinished tasks only: rows of others may have missed their end.
      void this.queries.invalidateQueries({ queryKey: ['rows'] });
      if (message.replay_complete !== undefined) this.comeBack(message.replay_complete);
    } else this.hearOfTask(message);
  };

  private hearOfTask(message: TaskMessage): void {
    this.note(message);
    if (message.event === undefined) return;
    this.addEvent({ ...message.event, task_id: message.task_id });
    if (message.type === 'deleted') this.queries.removeQueries({ queryKey: ['task', message.task_id] });
    if (message.type === 'status') this.staleRows.add(message.task_id);
    this.fetchDetails(message.task_id);
  }

  /** After a loss: what is shown is fetched again, also where the server could tell everything that was missed. */
  private comeBack(complete: boolean): void {
    void this.queries.invalidateQueries({ queryKey: ['task'] });
    void this.queries.invalidateQueries({ queryKey: ['tasks', 'few'] });
    void this.queries.invalidateQueries({ queryKey: ['history'] });
    if (!complete) void this.queries.invalidateQueries({ queryKey: ['events'] });
  }

  private note(task: LiveTask): void {
    liveTasks.note(task);
    if (this.moved.get(task.task_id)?.status !== 'deleted') this.moved.set(task.task_id, task);
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  private flush(): void {
    const moved = new Map(this.moved);
    this.moved.clear();
    this.timer = undefined;
    for (const [id, live] of moved) {
      this.queries.setQueryData<Task>(['task', id], (task) => task && withLive(task, live));
    }
    this.rows.update((task) => {
      const live = moved.get(task.task_id);
      if (live?.status === 'deleted') return null;
      return live === undefined ? task : withLive(task, live);
    });
  }

  private addEvent(event: TaskEvent): void {
    this.queries.setQueryData<{ events: TaskEvent[]; next_after: string | null }>(['events', event.task_id], (known) => {
      if (known === undefined || known.next_after !== null || known.events.some(({ id }) => id === event.id)) return known;
      return { ...known, events: [...known.events, event].sort(byId) };
    });
  }

  /** Chunks, pages and results of a task that is looked at; what rows show beside the progress; short lists, whose members may change. */
  private fetchDetails(taskId: string): void {
    this.stale.add(taskId);
    this.staleTimer ??= setTimeout(() => {
      const ids = [...this.stale];
      this.stale.clear();
      this.staleTimer = undefined;
      for (const id of ids) {
        void this.queries.invalidateQueries({ queryKey: ['task', id] });
        void this.queries.invalidateQueries({ queryKey: ['pages', id] });
      }
      void this.queries.invalidateQueries({ queryKey: ['tasks', 'few'] });
      this.renewRows();
    }, DETAILS_MS);
  }

  private renewRows(): void {
    const ids = this.rows.shown().filter((id) => this.staleRows.has(id));
    this.staleRows.clear();
    // What cannot be had now comes with the next event, or the connection.
    this.rows.renew(ids).catch(() => {});
  }
}
