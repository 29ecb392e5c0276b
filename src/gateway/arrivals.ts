import { OcrError } from '../errors/ocr-error.js';
import type { Stats } from '../metrics/stats.dto.js';
import type { TaskEvent, TaskProgress } from '../task-manager/task.types.js';
import type { Newcomer, Target } from './audience.js';
import type { LiveReads, Missed } from './live-reads.js';
import { eventMessageOf, Outgoing } from './messages.js';

type States = ReadonlyMap<string, TaskProgress>;

/**
 * The clients that join in one round. What several of them need is read once and serialised once. First `read`, then the
 * states of `taskIds`, then `welcome`.
 */
export class Arrivals {
  private constructor(
    private readonly newcomers: readonly Newcomer[],
    private readonly upTo: string,
    private readonly unfinished: { ids: string[]; complete: boolean } | undefined,
    private readonly stats: Stats | undefined,
    private readonly missed: ReadonlyMap<string, Missed>,
  ) {}

  /** @param upTo id of the newest event told so far: what a replay goes up to. */
  static async read(newcomers: readonly Newcomer[], upTo: string, reads: LiveReads): Promise<Arrivals> {
    const someWatchAll = newcomers.some((newcomer) => newcomer.target === 'all');
    const unfinished = someWatchAll ? await reads.unfinishedIds() : undefined;
    const stats = someWatchAll ? await reads.currentStats() : undefined;
    const missed = new Map<string, Missed>();
    for (const [key, { target, afters }] of comeBack(newcomers)) missed.set(key, await reads.missed(target, [...afters], upTo));
    return new Arrivals(newcomers, upTo, unfinished, stats, missed);
  }

  /** Tasks whose states are needed. */
  get taskIds(): string[] {
    const ofNewcomers = this.newcomers.flatMap(({ target }) => (target === 'all' ? [] : [target.taskId]));
    const ofEvents = [...this.missed.values()].flatMap(({ events }) => events.map((event) => event.task_id));
    return [...ofNewcomers, ...ofEvents, ...(this.unfinished?.ids ?? [])];
  }

  /** Sends each client its snapshot and what it missed, or refuses it. */
  welcome(states: States): void {
    const snapshots = shared((newcomer: Newcomer) => this.snapshot(newcomer, states));
    const replays = shared((event: TaskEvent) => replay(event, states));
    for (const newcomer of this.newcomers) {
      const { target } = newcomer;
      if (target !== 'all' && !states.has(target.taskId)) {
        newcomer.refuse(new OcrError('task_not_found'));
        continue;
      }
      const { events, complete } = this.missedBy(newcomer);
      const snapshot = snapshots(`${keyOf(target)} ${complete}`, newcomer);
      newcomer.welcome([snapshot, ...events.map((event) => replays(event.id, event))].filter((message) => message !== undefined));
    }
  }

  private snapshot(newcomer: Newcomer, states: States): Outgoing | undefined {
    const { complete } = this.missedBy(newcomer);
    const common = { last_event_id: this.upTo, ...(complete === undefined ? {} : { replay_complete: complete }) };
    if (newcomer.target !== 'all') {
      const state = states.get(newcomer.target.taskId);
      return state && new Outgoing({ type: 'snapshot', ...state, ...common });
    }
    if (this.unfinished === undefined || this.stats === undefined) return undefined;
    const tasks = this.unfinished.ids.map((id) => states.get(id)).filter((state) => state !== undefined);
    return new Outgoing({ type: 'snapshot', tasks, tasks_complete: this.unfinished.complete, stats: this.stats, ...common });
  }

  /** What one client missed; `complete` is undefined when it did not ask. False also when what is left out was meant for another. */
  private missedBy({ target, after }: Newcomer): { events: TaskEvent[]; complete: boolean | undefined } {
    const missed = after === undefined ? undefined : this.missed.get(keyOf(target));
    if (after === undefined || missed === undefined) return { events: [], complete: undefined };
    const events = missed.events.filter((event) => BigInt(event.id) > BigInt(after) || event.late_for.includes(after));
    return { events, complete: missed.complete };
  }
}

function replay(event: TaskEvent, states: States): Outgoing | undefined {
  const message = eventMessageOf(event, states.get(event.task_id));
  return message && new Outgoing({ ...message, replayed: true });
}

/** For each target somebody comes back to, the ids asked for: one read serves them all. */
function comeBack(newcomers: readonly Newcomer[]): Map<string, { target: Target; afters: Set<string> }> {
  const targets = new Map<string, { target: Target; afters: Set<string> }>();
  for (const { target, after } of newcomers) {
    if (after === undefined) continue;
    const known = targets.get(keyOf(target)) ?? { target, afters: new Set() };
    known.afters.add(after);
    targets.set(keyOf(target), known);
  }
  return targets;
}

function keyOf(target: Target): string {
  return target === 'all' ? 'all' : target.taskId;
}

/** Makes each thing once per key. */
function shared<Source, Made>(make: (source: Source) => Made): (key: string, source: Source) => Made {
  const made = new Map<string, Made>();
  return (key, source) => {
    if (!made.has(key)) made.set(key, make(source));
    return made.get(key)!;
  };
}
