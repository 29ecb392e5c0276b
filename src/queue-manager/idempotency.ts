import { createHash } from 'node:crypto';
import type { Queryable } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { flushTask } from '../task-manager/sql/lazily.js';
import { readIdempotencyKey } from './sql/idempotency.sql.js';

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

/** What a key stands for. */
export interface KeyOwner {
  task_id: string;
  /** Set for keys of whole batches, whose first task is `task_id`. */
  batch: Batch | null;
}

interface KeyRow extends KeyOwner {
  fingerprint: string;
}

/**
 * What a key was used for before, if it was; that is on the disk then, though the request that used it may still wait for that.
 * @throws OcrError idempotency_key_reused when the request was another one; service_unavailable
 */
export async function ownerOfKey(tx: Queryable, { key, request }: Idempotency): Promise<KeyOwner | undefined> {
  const { rows } = await tx.query<KeyRow>(readIdempotencyKey, [key]);
  const owner = sameRequest(rows[0], fingerprintOf(request));
  return owner !== undefined && (await isDurable(tx, owner.task_id)) ? owner : undefined;
}

/**
 * Waits until a task is on the disk. @returns false when it is not there (any more)
 * @throws OcrError service_unavailable whatever goes wrong: the task may be there, and its caller cannot know
 */
export async function isDurable(database: Queryable, taskId: string): Promise<boolean> {
  try {
    return (await database.query(flushTask, [taskId])).rowCount === 1;
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
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
