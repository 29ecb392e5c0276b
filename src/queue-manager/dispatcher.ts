import { Inject, Injectable } from '@nestjs/common';
import { BaseOcr } from '../base-ocr/base-ocr.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Listener } from '../database/listener.js';
import { Notifier } from '../database/notifier.js';
import { Logs } from '../logging/logs.js';
import { CHANNELS } from '../task-manager/channels.js';
import { SUSPECTED_FROM, type Claim, type ClaimWish } from '../task-manager/claim.js';
import { ClaimFront } from '../task-manager/claim-front.js';
import { claimNext } from '../task-manager/claim-next.js';
import { TaskEvents } from '../task-manager/task-events.js';
import type { JobKind } from '../task-manager/task.types.js';
import { Loop } from '../threads/loop.js';
import { DirectClaims, type StandBy } from './direct-claims.js';
import { JobRunner } from './job-runner.js';
import { NodeLease } from './node-lease.js';
import { PageSlots } from './page-slots.js';
import { heldJobs, suspectsWait } from './sql/held-jobs.sql.js';
import { WorkStopped } from './stop-reasons.js';
import { VainLooks } from './vain-looks.js';

/** Preparations and merges a node does at the same time, beside its pages. */
const SIDE_JOBS = 2;
/** Pages in work beyond the engine's slots, so that an engine never waits for a page being drawn or written down. */
const PAGES_AHEAD = 1;

interface Held {
  claim: Claim;
  stop: AbortController;
  finished: Promise<void>;
}

/**
 * Claims jobs when this node has free places, and runs them. Woken by notifications, by its own finished work, and by
 * polling. What a pause, a cancel or a rescue takes away is stopped within moments: by the task's event at once, by a look at
 * what the database says this node holds every poll.
 */
@Injectable()
export class Dispatcher {
  private readonly held = new Map<string, Held>();
  private readonly unknown = new Set<string>();
  private readonly slots: PageSlots;
  private readonly front = new ClaimFront();
  private readonly vain: VainLooks;
  private readonly claims: Loop;
  private readonly audit: Loop;
  /** Claims that come with the end of other jobs, and are not here yet. */
  private claimsComing = 0;
  /** Places kept for submissions on their way. */
  private readonly standingBy = new Set<Promise<void>>();
  /** Jobs wait that are suspected to take nodes down: they are next, when all else here has ended. */
  private suspectsWait = false;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly lease: NodeLease,
    private readonly runner: JobRunner,
    private readonly events: TaskEvents,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
    listener: Listener,
    ocr: BaseOcr,
    private readonly hands: DirectClaims,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    // Not at once: the chunk whose last page this was may end now, and takes the next job with that.
    this.slots = new PageSlots(ocr.slots + PAGES_AHEAD, () => setImmediate(() => this.lookIfPromising()));
    this.claims = new Loop('dispatcher', () => this.claimOnce(), settings.poll_interval * 1000, logs.queue);
    this.audit = new Loop('claim audit', () => this.auditOnce(), Math.min(settings.poll_interval, 1) * 1000, logs.queue);
    // Shorter than the poll, which always looks; its timer may be early by a moment.
    this.vain = new VainLooks(settings.poll_interval * 900);
    const hear = () => {
      this.vain.forget();
      this.claims.wake();
    };
    // Of what this process told it has heard already.
    listener.on(CHANNELS.jobs, (_, sender) => !notifier.isFromHere(sender) && hear());
    notifier.onNotify(CHANNELS.jobs, hear);
    listener.onReconnected(hear);
  }

  /** What it does in the background: part of readiness. */
  get duties(): readonly Loop[] {
    return [this.claims, this.audit];
  }

  async start(): Promise<void> {
    const load = () => ({
      pages: this.slots.running,
      jobs: this.held.size,
      rss_mb: Math.round(process.memoryUsage.rss() / 1048576),
      attempt_seconds: this.runner.attemptSeconds,
    });
    await this.lease.start(load, () => this.stopWork(() => true, 'lost'));
    this.events.events.subscribe((event) => {
      if (event.type === 'task.paused' || event.type === 'task.cancelled') {
        this.stopWork((claim) => claim.task.id === event.task_id, 'lost');
      }
    });
    this.hands.askFrom(() => this.standBy());
    this.claims.start();
    this.audit.start();
  }

  /**
   * Stops claiming, gives running work `shutdown_grace` to finish, then gives the rest back without burning an attempt, and
   * ends the node.
   */
  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await this.claims.stop();
    await Promise.all(this.standingBy);
    const all = () => Promise.all([...this.held.values()].map((held) => held.finished));
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, this.settings.shutdown_grace * 1000)));
    await Promise.race([all(), grace]);
    clearTimeout(timer);
    this.stopWork(() => true, 'shutdown');
    await all();
    await this.audit.stop();
    await this.lease.stop();
    this.notifier.notify(CHANNELS.jobs);
  }

  /** Claims until no place is free or nothing is left to claim. */
  async claimOnce(): Promise<void> {
    for (;;) {
      const kinds = this.kindsWanted();
      const wish = this.suspectsWait || this.vain.mayFind(kinds) ? this.wish(kinds) : undefined;
      if (wish === undefined) return;
      const nothingFound = this.vain.begin(kinds);
      const claim = await claimNext(this.database, wish);
      if (claim !== undefined) {
        this.run(claim);
        this.notifier.notify(CHANNELS.events);
      } else if (wish.suspects === true) this.suspectsWait = false;
      else return nothingFound();
    }
  }

  /**
   * Compares what this node works on with what the database says it holds. Work whose claim is gone is stopped; a claim
   * nobody here knows (its answer was lost on the way) is given back when it is still unknown the second time.
   */
  async auditOnce(): Promise<void> {
    const nodeId = this.lease.nodeId;
    if (nodeId === undefined) return;
    const known = new Set(this.held.keys());
    const { rows } = await this.database.query<{ job_id: number; token: string; wanted: boolean }>(heldJobs, [nodeId]);
    const wanted = new Set(rows.filter((row) => row.wanted).map((row) => row.token));
    this.stopWork((claim) => known.has(claim.token) && claim.nodeId === nodeId && !wanted.has(claim.token), 'lost');
    const strangers = rows.filter((row) => !this.held.has(row.token));
    for (const stranger of strangers) {
      if (!this.unknown.delete(stranger.token)) continue;
      await this.runner.giveBack({ jobId: stranger.job_id, token: stranger.token });
      this.notifier.notify(CHANNELS.jobs);
    }
    this.unknown.clear();
    for (const stranger of strangers) this.unknown.add(stranger.token);
    await this.lookForSuspects();
  }

  private async lookForSuspects(): Promise<void> {
    const { rows } = await this.database.query<{ wait: boolean }>(suspectsWait, [this.settings.max_concurrent_tasks]);
    const waited = this.suspectsWait;
    this.suspectsWait = rows[0]!.wait;
    if (this.suspectsWait || waited) this.lookIfPromising();
  }

  /** After a place became free. A look that would be in vain must not put off the poll. */
  private lookIfPromising(): void {
    if (this.suspectsWait || this.vain.mayFind(this.kindsWanted())) this.claims.wake();
  }

  /** The kinds of job this node has a place for. What may take it down is worked on alone: nothing else is lost with it. */
  private kindsWanted(): JobKind[] {
    const held = [...this.held.values()].map(({ claim }) => claim);
    const isBusy = held.length + this.standingBy.size + this.claimsComing > 0;
    if (held.some(isSuspect) || (this.suspectsWait && isBusy)) return [];
    const side = this.standingBy.size + held.filter(({ kind }) => kind !== 'chunk').length;
    const kinds: JobKind[] = [];
    if (this.slots.free > this.claimsComing) kinds.push('chunk');
    if (side < SIDE_JOBS) kinds.push('prepare', 'merge');
    return kinds;
  }

  /** What this node would take next, if anything. */
  private wish(kinds = this.kindsWanted()): ClaimWish | undefined {
    const nodeId = this.lease.nodeId;
    if (nodeId === undefined || kinds.length === 0 || this.stopping || !this.runner.canKeepWork) return undefined;
    // Asking uses up the look from the front: a claim that has no place for what comes back there must not.
    const behind = kinds.includes('chunk') ? this.front.behind : undefined;
    return { nodeId, kinds, maxConcurrentTasks: this.settings.max_concurrent_tasks, behind, suspects: this.suspectsWait };
  }

  /** A place for the preparation of a task about to be made, as long as this node knows of none that waits: that would be first. */
  private standBy(): StandBy | undefined {
    const kinds: JobKind[] = ['prepare'];
    if (this.vain.mayFind(kinds) || !this.kindsWanted().includes('prepare')) return undefined;
    const wish = this.wish(kinds);
    if (wish === undefined) return undefined;
    let leave = () => {};
    const ended = new Promise<void>((resolve) => (leave = resolve));
    this.standingBy.add(ended);
    const end = (claim?: Claim) => {
      this.standingBy.delete(ended);
      leave();
      if (claim === undefined) this.lookIfPromising();
      else this.run(claim);
    };
    return { wish, end };
  }

  private run(claim: Claim): void {
    this.front.took(claim);
    const stop = new AbortController();
    const finished = this.work(claim, stop.signal).catch((error: unknown) =>
      this.logs.queue.error({ err: error, task_id: claim.task.id }, 'a job ended unexpectedly'),
    );
    this.held.set(claim.token, { claim, stop, finished });
    // The lease ran out while the claim was on its way: it is a lost node's.
    if (this.lease.nodeId !== claim.nodeId) stop.abort(new WorkStopped('lost'));
  }

  private async work(claim: Claim, stop: AbortSignal): Promise<void> {
    const places = this.slots.announce(claim.kind === 'chunk' ? this.runner.placesFor(claim) : 0);
    let asked = 0;
    const wish = () => {
      const wanted = this.wish();
      if (wanted !== undefined) {
        asked++;
        this.claimsComing++;
      }
      return wanted;
    };
    try {
      const next = await this.runner.run(claim, { places, stop, wish });
      if (next !== undefined) this.run(next);
    } finally {
      places.end();
      this.claimsComing -= asked;
      this.held.delete(claim.token);
      this.lookIfPromising();
    }
  }

  private stopWork(which: (claim: Claim) => boolean, why: WorkStopped['why']): void {
    for (const { claim, stop } of this.held.values()) if (which(claim)) stop.abort(new WorkStopped(why));
  }
}

function isSuspect({ stalls }: Claim): boolean {
  return stalls >= SUSPECTED_FROM;
}
