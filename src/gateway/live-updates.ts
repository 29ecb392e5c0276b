import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { SETTINGS, type Settings } from '../config/settings.js';
import { OcrError } from '../errors/ocr-error.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import type { Stats } from '../metrics/stats.dto.js';
import { TaskEvents } from '../task-manager/task-events.js';
import type { TaskEvent, TaskProgress } from '../task-manager/task.types.js';
import { Loop } from '../threads/loop.js';
import { Arrivals } from './arrivals.js';
import type { Audience, Newcomer } from './audience.js';
import { LastTold } from './last-told.js';
import { LiveReads } from './live-reads.js';
import { eventMessageOf, Outgoing } from './messages.js';
import { ProgressThrottle, type DueProgress } from './progress-throttle.js';

/** Clients welcomed in one round: after a restart thousands come back at once, and the events must not wait for them all. */
const MOST_WELCOMED = 200;

/**
 * Turns what happens to tasks into messages for whoever watches, the same for every kind of socket.
 *
 * Everything goes through one round after the other: a round takes the events that came, the progress that is due and the
 * clients that joined, reads all states they need with one query, and tells. So states never go back, whichever message
 * carries them, and between a client's snapshot and its first live message nothing is missing.
 */
@Injectable()
export class LiveUpdates implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly audiences: Audience[] = [];
  private readonly throttle: ProgressThrottle;
  private readonly told = new LastTold();
  private readonly loop: Loop;
  private events: TaskEvent[] = [];
  private newcomers: Newcomer[] = [];
  private waiting: { newcomer: Newcomer; after: bigint }[] = [];
  private admitted: Newcomer[] = [];
  private subscriptions: Subscription[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly taskEvents: TaskEvents,
    private readonly reads: LiveReads,
    private readonly health: HealthRegistry,
    @Inject(SETTINGS) settings: Settings,
    logs: Logs,
  ) {
    this.throttle = new ProgressThrottle(settings.throttle_interval * 1000);
    this.loop = new Loop('live updates', () => this.runOnce(), settings.poll_interval * 1000, logs.queue);
  }

  /** Adds a way to clients. */
  addAudience(audience: Audience): void {
    this.audiences.push(audience);
  }

  /** Lets a client watch: it is welcomed or refused within one of the next rounds. */
  join(newcomer: Newcomer): void {
    this.newcomers.push(newcomer);
    this.loop.wake();
  }

  /** True when somebody watches all tasks. */
  get allAreWatched(): boolean {
    return this.audiences.some((audience) => audience.watchesAll);
  }

  /** To those who watch all tasks. */
  tellStats(stats: Stats): void {
    const outgoing = new Outgoing({ type: 'stats', stats });
    for (const audience of this.audiences) audience.tellAll(outgoing);
  }

  onApplicationBootstrap(): void {
    this.subscriptions = [
      this.taskEvents.events.subscribe((event) => {
        this.events.push(event);
        this.loop.wake();
      }),
      this.taskEvents.progressed.subscribe((ids) => {
        if (ids.length > 0 && !ids.some((id) => this.isWatched(id))) return;
        this.throttle.note(ids);
        this.wakeWhenDue();
      }),
    ];
    this.health.watch(this.loop);
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    clearTimeout(this.timer);
    await this.loop.stop();
  }

  /** One round. The loop also runs it every `poll_interval`, so that a lost hint delays progress but loses none. */
  async runOnce(): Promise<void> {
    await this.admit();
    const events = this.events.splice(0).filter((event) => this.isWatched(event.task_id));
    const newcomers = this.admitted.splice(0, MOST_WELCOMED);
    if (this.audiences.some((audience) => audience.size > 0)) this.throttle.note([]);
    const due = this.throttle.take(performance.now());
    try {
      await this.tell(events, due, newcomers);
    } catch (error) {
      // Nothing was told yet: what clients live by is kept for the next round, who waits at the door is sent away.
      this.events.unshift(...events);
      if (due !== undefined) this.throttle.note(due.taskIds);
      refuseAll(newcomers, error);
      throw error;
    }
    if (this.admitted.length > 0) this.loop.wake();
    this.wakeWhenDue();
  }

  /**
   * Lets those in before whose coming every event has been told: theirs would else follow a snapshot that knows of them. The
   * tail is milliseconds behind; what it brings wakes the next round.
   */
  private async admit(): Promise<void> {
    const arrived = this.newcomers.splice(0);
    if (arrived.length > 0) {
      try {
        const after = BigInt(await this.reads.newestEventId());
        this.waiting.push(...arrived.map((newcomer) => ({ newcomer, after })));
      } catch (error) {
        refuseAll(arrived, error);
        throw error;
      }
    }
    const position = BigInt(this.taskEvents.position);
    this.admitted.push(...this.waiting.filter(({ after }) => after <= position).map(({ newcomer }) => newcomer));
    this.waiting = this.waiting.filter(({ after }) => after > position);
    if (this.waiting.length > 0) this.taskEvents.wake();
  }

  private async tell(events: TaskEvent[], due: DueProgress | undefined, newcomers: Newcomer[]): Promise<void> {
    // Every event up to here is told before the newcomers are in, every later one after: a replay goes up to here.
    const upTo = this.taskEvents.position;
    const moved = due === undefined ? [] : await this.movedIds(due);
    const arrivals = await Arrivals.read(newcomers, upTo, this.reads);
    const wanted = new Set([...events.map((event) => event.task_id), ...moved, ...arrivals.taskIds]);
    const states = await this.reads.states(wanted);

    for (const event of events) this.tellEvent(event, states.get(event.task_id));
    for (const id of moved) this.tellProgress(states.get(id));
    for (const id of arrivals.taskIds) this.told.noteArrival(states.get(id));
    arrivals.welcome(states);
  }

  private tellEvent(event: TaskEvent, state: TaskProgress | undefined): void {
    const message = eventMessageOf(event, state ?? this.told.lastOf(event.task_id));
    if (event.type === 'task.deleted') this.told.forget(event.task_id);
    else if (state !== undefined) this.told.set(state);
    if (message !== undefined) this.tellOfTask(event.task_id, new Outgoing(message));
  }

  private tellProgress(state: TaskProgress | undefined): void {
    if (state === undefined || !this.told.isNew(state)) return;
    this.told.set(state);
    this.tellOfTask(state.task_id, new Outgoing({ type: 'progress', ...state }));
  }

  private tellOfTask(taskId: string, outgoing: Outgoing): void {
    for (const audience of this.audiences) audience.tellOfTask(taskId, outgoing);
  }

  private async movedIds(due: DueProgress): Promise<string[]> {
    const ids = due.running ? [...due.taskIds, ...(await this.reads.runningIds())] : due.taskIds;
    return [...new Set(ids)].filter((id) => this.isWatched(id));
  }

  private isWatched(taskId: string): boolean {
    return this.audiences.some((audience) => audience.watches(taskId));
  }

  private wakeWhenDue(): void {
    const wait = this.throttle.dueIn(performance.now());
    if (wait === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.loop.wake(), wait);
  }
}

function refuseAll(newcomers: readonly Newcomer[], error: unknown): void {
  const reason = OcrError.from(error, 'service_unavailable');
  for (const newcomer of newcomers) newcomer.refuse(reason);
}
