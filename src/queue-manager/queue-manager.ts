import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { transactionWithUndo } from '../database/undo.js';
import { OcrError } from '../errors/ocr-error.js';
import { CHANNELS } from '../task-manager/channels.js';
import { sortKey } from '../task-manager/sort-key.js';
import { insertEvent } from '../task-manager/sql/events.sql.js';
import { countUnfinished, insertPrepareJob, insertTask } from '../task-manager/sql/tasks.sql.js';
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
    @Inject(SETTINGS) private readonly settings: Settings,
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

  /** The task an idempotency key has made, if any: asked before an upload is stored. @throws OcrError idempotency_key_reused */
  async findByIdempotencyKey(key: string, request: unknown): Promise<string | undefined> {
    const { rows } = await this.database.query<KeyRow>(readIdempotencyKey, [key]);
    return sameRequest(rows[0], fingerprintOf(request));
  }

  private async insert(tx: Queryable, taskId: string, submission: Submission): Promise<void> {
    const { priority, name, source, options, metadata, password } = submission;
    const secrets = password === undefined ? null : { password };
    await tx.query(insertTask, [taskId, priority, sortKey(priority, new Date()), name, source, options, metadata, secrets]);
    await tx.query(insertPrepareJob, [taskId]);
    await tx.query(insertEvent, [taskId, 'task.queued', { status: 'queued', priority }]);
  }

  private async refuseWhenFull(tx: Queryable): Promise<void> {
    const most = this.settings.max_queued_tasks;
    const { rows } = await tx.query<{ count: number }>(countUnfinished, [most]);
    if ((rows[0]?.count ?? 0) >= most) {
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
