import type { TaskProgress } from '../task-manager/task.types.js';

/** Tasks remembered; the one first told is forgotten first. */
const MOST_REMEMBERED = 10_000;

/** What was last told about each task, so that nothing is told twice and a deleted task still has a last state. */
export class LastTold {
  private readonly states = new Map<string, TaskProgress>();

  /** True when this says more than what was told before. */
  isNew(state: TaskProgress): boolean {
    const last = this.states.get(state.task_id);
    return (
      last === undefined ||
      last.status !== state.status ||
      last.held !== state.held ||
      last.progress !== state.progress ||
      last.pages_total !== state.pages_total ||
      last.pages_done !== state.pages_done ||
      last.pages_failed !== state.pages_failed
    );
  }

  set(state: TaskProgress): void {
    this.states.delete(state.task_id);
    this.states.set(state.task_id, state);
    if (this.states.size > MOST_REMEMBERED) this.forget(this.states.keys().next().value!);
  }

  /** Notes what a newcomer was told, without hiding from the others what they have not heard yet. */
  noteArrival(state: TaskProgress | undefined): void {
    if (state !== undefined && !this.states.has(state.task_id)) this.set(state);
  }

  lastOf(taskId: string): TaskProgress | undefined {
    return this.states.get(taskId);
  }

  forget(taskId: string): void {
    this.states.delete(taskId);
  }
}
