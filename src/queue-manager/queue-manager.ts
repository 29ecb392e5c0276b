import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { transactionWithUndo } from '../database/undo.js';
import { OcrError } from '../errors/ocr-error.js';
import { CHANNELS } from '../task-manager/channels.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { FAIR_COST, sortKey } from '../task-manager/sort-key.js';
import { insertEvent } from '../task-manager/sql/events.sql.js';
import { countUnfinished, insertPrepareJob, insertTask } from '../task-manager/sql/tasks.sql.js';
import { takeFairTurn } from '../task-manager/sql/tenants.sql.js';
import type { Priority, TaskOptions, TaskSource } from '../task-manager/task.types.js';
import { claimIdempotencyKey, readIdempotencyKey } from './sql/idempotency.sql.js';

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
  /** The caller's `Idempotency-Key`, and what makes two requests the same: anything serialisable. */
  idempotency?: { key: string; request: unknown };
}

/** What became of a submission. `created` is false when the idempotency key had made the task before. */
export interface Submitted {
  taskId: string;
  created: boolean;
}

/** Takes documents into the queue. */
@Injectable()
export class QueueManager {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly live: LiveSettings,
  ) {}

  /** A fresh task id, for callers that store the document before they submit. */
  newTaskId(): string {
    return uuidv7();
  }

  /**
   * Queues one document. With an idempotency key, the same request gives the same task however often it comes, also at the
   * same time on different nodes.
   * @throws OcrError queue_full, idempotency_key_reused
   */
  async submit(submission: Submission): Promise<Submitted> {
    const taskId = submission.taskId ?? this.newTaskId();
    const submitted = await transactionWithUndo<Submitted>(this.database, async (tx, undo) => {
      const earlier = await this.earlierTask(tx, submission.idempotency);
      if (earlier !== undefined) return { taskId: earlier, created: false };
      await this.refuseWhenFull(tx);
      await this.insert(tx, taskId, submission);
      const owner = await this.claimKey(tx, taskId, submission.idempotency);
      // Another request with the same key was faster: undo ours and answer with theirs.
      return owner === taskId ? { taskId, created: true } : undo({ taskId: owner, created: false });
    });
    if (submitted.created) {
      this.notifier.notify(CHANNELS.jobs);
      this.notifier.notify(CHANNELS.events);
    }
    return submitted;
  }

  /**
   * Queues many documents in one transaction: all of them, or none. They share a batch.
   * @returns the batch's id, and the task ids in the order given
   * @throws OcrError queue_full when not all of them fit
   */
  async submitBatch(submissions: readonly Submission[]): Promise<{ batchId: string; taskIds: string[] }> {
    const batchId = uuidv7();
    const taskIds = await this.database.transaction(async (tx) => {
      await this.refuseWhenFull(tx, submissions.length);
      const ids: string[] = [];
      for (const submission of submissions) {
        const taskId = this.newTaskId();
        await this.insert(tx, taskId, { ...submission, batchId });
        ids.push(taskId);
      }
      return ids;
    });
    this.notifier.notify(CHANNELS.jobs);
    this.notifier.notify(CHANNELS.events);
    return { batchId, taskIds };
  }

  /** The task an idempotency key has made, if any: asked before an upload is stored. @throws OcrError idempotency_key_reused */
  async findByIdempotencyKey(key: string, request: unknown): Promise<string | undefined> {
    const { rows } = await this.database.query<KeyRow>(readIdempotencyKey, [key]);
    return sameRequest(rows[0], fingerprintOf(request));
  }

  private async insert(tx: Queryable, taskId: string, submission: Submission): Promise<void> {
    const { priority, name, source, options, metadata, password, tenant = '', batchId = null } = submission;
    const secrets = password === undefined ? null : { password };
    const now = new Date();
    const delay = await this.fairDelay(tx, tenant, now);
    const place = sortKey(priority, now, delay);
    await tx.query(insertTask, [taskId, priority, place, name, source, options, metadata, secrets, tenant, batchId, now, delay]);
    await tx.query(insertPrepareJob, [taskId]);
    await tx.query(insertEvent, [taskId, 'task.queued', { status: 'queued', priority }]);
  }

  /** Milliseconds this task stands behind its own tenant's earlier ones. */
  private async fairDelay(tx: Queryable, tenant: string, now: Date): Promise<number> {
    if (tenant === '') return 0;
    const { rows } = await tx.query<{ delay: number }>(takeFairTurn, [tenant, now.getTime(), FAIR_COST]);
    return rows[0]!.delay;
  }

  private async refuseWhenFull(tx: Queryable, more = 1): Promise<void> {
    const most = this.live.value('max_queued_tasks');
    const { rows } = await tx.query<{ count: number }>(countUnfinished, [most]);
    if ((rows[0]?.count ?? 0) + more > most) {
      throw new OcrError('queue_full', { detail: `${most} tasks are unfinished; no more are taken now.`, retryAfter: 30 });
    }
  }

  private async earlierTask(tx: Queryable, idempotency: Submission['idempotency']): Promise<string | undefined> {
    if (idempotency === undefined) return undefined;
    const { rows } = await tx.query<KeyRow>(readIdempotencyKey, [idempotency.key]);
    return sameRequest(rows[0], fingerprintOf(idempotency.request));
  }

  private async claimKey(tx: Queryable, taskId: string, idempotency: Submission['idempotency']): Promise<string> {
    if (idempotency === undefined) return taskId;
    const fingerprint = fingerprintOf(idempotency.request);
    const { rows } = await tx.query<KeyRow>(claimIdempotencyKey, [idempotency.key, fingerprint, taskId]);
    if (rows[0] !== undefined) return rows[0].task_id;
    const { rows: owners } = await tx.query<KeyRow>(readIdempotencyKey, [idempotency.key]);
    return sameRequest(owners[0], fingerprint) ?? taskId;
  }
}

interface KeyRow {
  fingerprint: string;
  task_id: string;
}

function sameRequest(row: KeyRow | undefined, fingerprint: string): string | undefined {
  if (row === undefined) return undefined;
  if (row.fingerprint !== fingerprint) throw new OcrError('idempotency_key_reused');
  return row.task_id;
}

function fingerprintOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
