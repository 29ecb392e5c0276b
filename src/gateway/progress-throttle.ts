/** What is to be looked at now. `running`: somebody's pages moved, nobody said whose. */
export interface DueProgress {
  taskIds: string[];
  running: boolean;
}

/**
 * Decides when progress is told: at most once in an interval for all tasks together, at once after a quiet time, and always
 * once more after the last movement.
 */
export class ProgressThrottle {
  private readonly moved = new Set<string>();
  private running = false;
  private nextAt = 0;

  constructor(private readonly intervalMs: number) {}

  /** Notes that pages of these tasks moved; of an unknown task when the list is empty. */
  note(taskIds: readonly string[]): void {
    for (const id of taskIds) this.moved.add(id);
    if (taskIds.length === 0) this.running = true;
  }

  /** Milliseconds until something is due; undefined when nothing moved. */
  dueIn(now: number): number | undefined {
    if (this.moved.size === 0 && !this.running) return undefined;
    return Math.max(0, this.nextAt - now);
  }

  /** Takes what is due; what is noted from here on is due an interval later. Undefined while nothing is due. */
  take(now: number): DueProgress | undefined {
    if (this.dueIn(now) !== 0) return undefined;
    const due = { taskIds: [...this.moved], running: this.running };
    this.moved.clear();
    this.running = false;
    this.nextAt = now + this.intervalMs;
    return due;
  }
}
