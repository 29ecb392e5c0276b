import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { StatsService } from '../metrics/stats.service.js';
import { TaskQueries } from '../task-manager/task-queries.js';
import { missedEvents, missedEventsOf, newestEventId } from '../task-manager/sql/events.sql.js';
import type { TaskEvent, TaskProgress } from '../task-manager/task.types.js';
import type { Target } from './audience.js';
import { MOST_TASKS_IN_SNAPSHOT } from './messages.js';
import { runningTasks, unfinishedTasks } from './sql/live.sql.js';

/** Most events replayed to a client that comes back. */
export const MOST_REPLAYED = 1000;
const MOST_RUNNING = 1000;

/** An event that was missed. */
export interface MissedEvent extends TaskEvent {
  /** The `after`s it may be missed by although its id is not larger: it may have been committed after what they name. */
  late_for: readonly string[];
}

/** Events that were missed, oldest first; `complete` is false when older ones are left out. */
export interface Missed {
  events: MissedEvent[];
  complete: boolean;
}

/** What the live updates read from the database. */
@Injectable()
export class LiveReads {
  constructor(
    private readonly database: Database,
    private readonly queries: TaskQueries,
    private readonly stats: StatsService,
  ) {}

  /** Where these tasks stand, by id. Unknown ids are left out. */
  async states(taskIds: ReadonlySet<string>): Promise<Map<string, TaskProgress>> {
    const found = await this.queries.progress([...taskIds]);
    return new Map(found.map((state) => [state.task_id, state]));
  }

  currentStats() {
    return this.stats.current();
  }

  async runningIds(): Promise<string[]> {
    const { rows } = await this.database.query<{ id: string }>(runningTasks, [MOST_RUNNING]);
    return rows.map((row) => row.id);
  }

  /** The unfinished tasks in the order of work: as many as a snapshot takes, and whether these are all. */
  async unfinishedIds(): Promise<{ ids: string[]; complete: boolean }> {
    const { rows } = await this.database.query<{ id: string }>(unfinishedTasks, [MOST_TASKS_IN_SNAPSHOT + 1]);
    const ids = rows.slice(0, MOST_TASKS_IN_SNAPSHOT).map((row) => row.id);
    return { ids, complete: ids.length === rows.length };
  }

  /** Id of the newest event there is, told or not. */
  async newestEventId(): Promise<string> {
    const { rows } = await this.database.query<{ id: string }>(newestEventId);
    return rows[0]!.id; // an aggregate gives one row
  }

  /** What clients missed that come back with these `after`s, up to an id: the newest {@link MOST_REPLAYED}. */
  async missed(target: Target, afters: readonly string[], upTo: string): Promise<Missed> {
    const values = [afters, upTo, MOST_REPLAYED + 1];
    const { rows } =
      target === 'all'
        ? await this.database.query<MissedEvent>(missedEvents, values)
        : await this.database.query<MissedEvent>(missedEventsOf, [...values, target.taskId]);
    const events = rows.slice(0, MOST_REPLAYED).reverse();
    return { events, complete: events.length === rows.length };
  }
}
