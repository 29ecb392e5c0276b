import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { transactionWithUndo } from '../database/undo.js';
import { OcrError } from '../errors/ocr-error.js';
import { CHANNELS } from '../task-manager/channels.js';
import type { Claim } from '../task-manager/claim.js';
import { directValuesOf } from '../task-manager/claim-next.js';
import { toClaim, type ClaimRow } from '../task-manager/claim-row.js';
import { fairDelay } from '../task-manager/fair-turns.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { FAIR_COST, placeFromNow } from '../task-manager/sort-key.js';
import { countUnfinished, insertTaskLazily, insertTasks } from '../task-manager/sql/tasks.sql.js';
import type { Priority, TaskOptions, TaskSource } from '../task-manager/task.types.js';
import { DirectClaims, type StandBy } from './direct-claims.js';
import { fingerprintOf, isDurable, ownerOfKey, type Batch, type Idempotency, type KeyOwner } from './idempotency.js';

/** A document to queue. Everything in it has been validated; places have been checked against the allowed roots. */
export interface Submission {
  /** Given by the caller of `submit` when the document is already in the store under it (uploads). */
  taskId?: string;
  name: string;
  source: TaskSource;
  options: TaskOptions;
  priority: Priority;
  metadata: Record<string, unknown>;
  password?: string;
  /** Whom the work is for: tenants share the queue fairly. Absent: the task takes part in no sharing. */
  tenant?: string;
  /** Groups the tasks of one bulk submission. */
  batchId?: string;
  idempotency?: Idempotency;
}

/** Documents to queue together. */
export interface BatchSubmission {
  /** At least one; what they say of idempotency and batches themselves does not count. */
  submissions: readonly Submission[];
  idempotency?: Idempotency;
  /** Kept with the key, and answered with a repeated request: anything serialisable. */
  note?: unknown;
}

/** What became of a submission. `created` is false when the idempotency key had made the task before. */
export interface Submitted {
  taskId: string;
  created: boolean;
}

/** What became of a batch. `created` is false when the idempotency key had made it before. */
export interface SubmittedBatch extends Batch {
  created: boolean;
}

/**
 * Milliseconds a count of the queue is good for: counting a long queue costs more than a submission. Other nodes may fill the
 * queue over its limit by what they take in that time.
 */
const ROOM_KNOWN_MS = 1000;

/** Milliseconds without a submission after which one comes alone. */
const QUIET_MS = 10;

/** Takes documents into the queue. */
@Injectable()
export class QueueManager {
  private room = { most: 0, left: 0, until: 0 };
  private lastAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly live: LiveSettings,
    private readonly hands: DirectClaims,
  ) {}

  /** A fresh task id, for callers that store the document before they submit. */
  newTaskId(): string {
    return uuidv7();
  }

  /**
   * Queues one document. With an idempotency key, the same request gives the same task however often it comes, also at the
   * same time on different nodes.
   * @throws OcrError queue_full, idempotency_key_reused, service_unavailable (the task may be there all the same)
   */
  async submit(submission: Submission): Promise<Submitted> {
    const taskId = submission.taskId ?? this.newTaskId();
    const { idempotency } = submission;
    const owner = await this.queue([taskId], [submission], idempotency, null);
    return { taskId: owner?.task_id ?? taskId, created: owner === undefined };
  }

  /**
   * Queues many documents in one transaction: all of them, or none. They share a batch. With an idempotency key, the same
   * request gives the same batch, as in {@link submit}.
   * @throws OcrError queue_full when not all of them fit, idempotency_key_reused
   */
  async submitBatch({ submissions, idempotency, note = null }: BatchSubmission): Promise<SubmittedBatch> {
    const taskIds = submissions.map((submission) => submission.taskId ?? this.newTaskId());
    const batch: Batch = { batchId: uuidv7(), taskIds, note };
    const together = submissions.map((submission) => ({ ...submission, batchId: batch.batchId }));
    const owner = await this.queue(taskIds, together, idempotency, batch);
    return { ...(owner?.batch ?? batch), created: owner === undefined };
  }

  /** The task an idempotency key has made, if any: asked before an upload is stored. @throws OcrError idempotency_key_reused */
  async findByIdempotencyKey(key: string, request: unknown): Promise<string | undefined> {
    return (await ownerOfKey(this.database, { key, request }))?.task_id ?? undefined;
  }

  /** The batch an idempotency key has made, if any. @throws OcrError idempotency_key_reused */
  async findBatchByIdempotencyKey(key: string, request: unknown): Promise<Batch | undefined> {
    return (await ownerOfKey(this.database, { key, request }))?.batch ?? undefined;
  }

  /**
   * Queues these tasks unless their idempotency key is taken: then whoever has it is the answer. One statement where no tenant's
   * turn is taken; the key is looked up only when it was met, or when there is no room: a repeated request needs none.
   */
  private async queue(
    ids: readonly string[],
    submissions: readonly Submission[],
    idempotency: Idempotency | undefined,
    batch: Batch | null,
  ): Promise<KeyOwner | undefined> {
    const refused = await this.takeRoom(ids.length);
    if (refused !== undefined) {
      const owner = idempotency && (await ownerOfKey(this.database, idempotency));
      if (owner !== undefined) return owner;
      throw refused;
    }
    const isQuiet = this.isQuiet() && ids.length === 1;
    const ofTenants = submissions.some(({ tenant = '' }) => tenant !== '');
    const make = async (database: Queryable, standBy?: StandBy): Promise<Making | undefined> => {
      const turns = await this.takeTurns(database, submissions);
      const rows = submissions.map((submission, index) => toRow(ids[index]!, submission, turns[index]!));
      const key = idempotency && [idempotency.key, fingerprintOf(idempotency.request)];
      const values = [JSON.stringify(rows), ...(key ?? [null, null]), ids[0], batch];
      return made(
        await (isQuiet
          ? database.query<ClaimRow>(insertTaskLazily, [...values, ...directValuesOf(standBy?.wish)])
          : database.query<ClaimRow>(insertTasks, values)),
      );
    };
    // A key that is gone again when it is looked up was removed with its task, or the last of its batch, in that instant: it is free now.
    for (;;) {
      const making = await this.withHands(isQuiet, (standBy) =>
        // No turn is taken where nothing was made.
        ofTenants
          ? transactionWithUndo<Making | undefined>(
              this.database,
              async (tx, undo) => (await make(tx, standBy)) ?? undo(undefined),
            )
          : make(this.database, standBy),
      );
      if (making !== undefined) {
        if (making.claim === undefined) this.notifier.notify(CHANNELS.jobs);
        this.notifier.notify(CHANNELS.events);
        if (isQuiet && !(await isDurable(this.database, ids[0]!)))
          throw new OcrError('service_unavailable', { detail: 'The database was lost before it had written the task.' });
        return undefined;
      }
      const owner = await ownerOfKey(this.database, idempotency!);
      if (owner !== undefined) {
        this.room.left += ids.length;
        return owner;
      }
    }
  }

  /** Makes tasks with this node standing by, if it can and is to: what it got of them it works on once they are made. */
  private async withHands(
    isWanted: boolean,
    make: (standBy?: StandBy) => Promise<Making | undefined>,
  ): Promise<Making | undefined> {
    const standBy = isWanted ? this.hands.standBy() : undefined;
    let making: Making | undefined;
    try {
      making = await make(standBy);
      return making;
    } finally {
      standBy?.end(making?.claim);
    }
  }

  /**
   * Whether this submission comes alone. Then its work begins while its caller still waits for the disk, at the price of one more statement:
   * where many come at a time, nothing would begin earlier.
   */
  private isQuiet(): boolean {
    const before = this.lastAt;
    this.lastAt = performance.now();
    return this.lastAt - before > QUIET_MS;
  }

  /** The turns of many tasks. Tenants are locked in the order of their names, so that two batches never wait for each other. */
  private async takeTurns(tx: Queryable, submissions: readonly Submission[]): Promise<Turn[]> {
    const turns = submissions.map(() => ({ delay: 0 }));
    const tenants = new Set(submissions.map(({ tenant = '' }) => tenant).filter((tenant) => tenant !== ''));
    for (const tenant of [...tenants].sort()) {
      const ofTenant = turns.filter((_, index) => submissions[index]!.tenant === tenant);
      const first = await fairDelay(tx, tenant, ofTenant.length);
      ofTenant.forEach((turn, index) => (turn.delay = first + index * FAIR_COST));
    }
    return turns;
  }

  /** Takes no room, it may be gone when the task comes. @throws OcrError queue_full when a task would be refused now */
  async checkRoom(): Promise<void> {
    // What the database cannot tell now it may tell when the task comes.
    const taken = await this.takeRoom(1).catch(() => null);
    if (taken === undefined) this.room.left += 1;
    else if (taken !== null) throw taken;
  }

  /** Counts on room for so many tasks. @returns why there is none */
  private async takeRoom(more: number): Promise<OcrError | undefined> {
    const most = this.live.value('max_queued_tasks');
    if (this.room.most !== most || this.room.left < more || this.room.until < performance.now()) {
      const { rows } = await this.database.query<{ count: number }>(countUnfinished, [most]);
      this.room = { most, left: most - (rows[0]?.count ?? 0), until: performance.now() + ROOM_KNOWN_MS };
    }
    if (this.room.left < more) {
      return new OcrError('queue_full', { detail: `${most} tasks are unfinished; no more are taken now.`, retryAfter: 30 });
    }
    this.room.left -= more;
    return undefined;
  }
}

/** Tasks that were made. */
interface Making {
  /** What this node got of them. */
  claim?: Claim;
}

function made({ rows, rowCount }: { rows: ClaimRow[]; rowCount: number | null }): Making | undefined {
  if (rowCount === 0) return undefined;
  return { claim: rows[0]?.job_id == null ? undefined : toClaim(rows[0]) };
}

function toRow(id: string, submission: Submission, { delay }: Turn): object {
  const { priority, name, source, options, metadata, password, tenant = '', batchId } = submission;
  return {
    id,
    priority,
    name,
    source,
    options,
    metadata,
    tenant,
    batch_id: batchId,
    place: placeFromNow(priority, delay),
    secrets: password === undefined ? null : { password },
    fair_delay: delay,
  };
}

/** How many milliseconds a task stands behind its tenant's earlier ones. */
interface Turn {
  delay: number;
}
