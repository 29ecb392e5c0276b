import { createHash } from 'node:crypto';
import type { Queryable, Statement } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { flushBatch, flushTask } from '../task-manager/sql/lazily.js';
import { forgetBatchKey, readIdempotencyKey } from './sql/idempotency.sql.js';
import { writtenDown } from './written-down.js';

/** The caller's `Idempotency-Key`, and what makes two requests the same: anything serialisable. */
export interface Idempotency {
  key: string;
  request: unknown;
}

/** Documents that were queued together. */
export interface Batch {
  batchId: string;
  /** In the order given. */
  taskIds: string[];
  /** What the caller of `submitBatch` wants to be told again with a repeated request, as it gave it. */
  note: unknown;
}

/** What a key stands for: a task, or a whole batch. */
export type KeyOwner = { task_id: string; batch: null } | { task_id: null; batch: Batch };

type KeyRow = KeyOwner & { fingerprint: string };

/**
 * What a key was used for before, if it was and something of it is left; that is on the disk then, though the request that used it may still wait for that.
 * @throws OcrError idempotency_key_reused when the request was another one; service_unavailable
 */
export async function ownerOfKey(tx: Queryable, { key, request }: Idempotency): Promise<KeyOwner | undefined> {
  const { rows } = await tx.query<KeyRow>(readIdempotencyKey, [key]);
  const owner = sameRequest(rows[0], fingerprintOf(request));
  if (owner === undefined) return undefined;
  if (owner.batch === null) return (await isDurable(tx, owner.task_id)) ? owner : undefined;
  const { batchId } = owner.batch;
  if (await isFlushed(tx, flushBatch, batchId)) return owner;
  await tx.query(forgetBatchKey, [key, batchId]);
  return undefined;
}

/**
 * Waits until a task is on the disk. @returns false when it is not there (any more)
 * @throws OcrError service_unavailable whatever goes wrong: the task may be there, and its caller cannot know
 */
export function isDurable(database: Queryable, taskId: string): Promise<boolean> {
  return isFlushed(database, flushTask, taskId);
}

async function isFlushed(database: Queryable, flush: Statement, id: string): Promise<boolean> {
  try {
    return (await database.query(flush, [id])).rowCount === 1;
  } catch (cause) {
    throw new OcrError('service_unavailable', { cause });
  }
}

function sameRequest(row: KeyRow | undefined, fingerprint: string): KeyOwner | undefined {
  if (row === undefined) return undefined;
  if (row.fingerprint !== fingerprint) throw new OcrError('idempotency_key_reused');
  return row;
}

/** What is kept of a request to know it again. */
export function fingerprintOf(request: unknown): string {
  return createHash('sha256').update(writtenDown(request)).digest('hex');
}
