import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { OcrError } from '../../errors/ocr-error.js';
import { spawnWorker } from '../../threads/spawn-worker.js';
import type { PdfFile } from '../document.types.js';
import type { PasswordEntries } from './passwords.js';

/** Memory pdf-lib may take for its objects, besides the file itself; beyond it the thread ends, not the process. */
const MOST_MEGABYTES = 2048;

/** What makes all passwords of a document open another: its key, and how they give it. */
export interface KeptPasswords {
  entries: PasswordEntries;
  key: Uint8Array;
}

/** How a document was encrypted, as far as it can be encrypted so again. */
export interface Encryption {
  /** Opens it for its readers; empty: none is asked for. */
  password: string;
  /** The owner's, when it is known. */
  owner?: string;
  /** When there: neither password need be known. */
  kept?: KeptPasswords;
  permissions: Record<string, boolean | 'lowResolution' | 'highResolution'>;
}

export type RewriteOrder =
  | { action: 'rewrite'; input: string; output: string; password: string }
  | { action: 'encrypt'; path: string; encryption: Encryption };

export type RewriteAnswer =
  | { ok: true; encryption: Encryption | null }
  | { ok: false; code: 'merge_failed' | 'password_required' | 'storage_full'; message: string };

/**
 * Writes a damaged or encrypted PDF anew, in order and in the clear, with pdf-lib in a worker thread. Bookmarks, links, forms,
 * attachments and metadata come along; signatures become invalid. Tells how the source was encrypted, if it was.
 * @throws OcrError `merge_failed` (not retryable) when pdf-lib cannot read it, `password_required`; the signal's reason
 */
export async function rewritePdf(
  source: PdfFile,
  output: string,
  signal?: AbortSignal,
): Promise<{ encryption: Encryption | null }> {
  return inWorker({ action: 'rewrite', input: source.path, output, password: source.password ?? '' }, signal);
}

/** Encrypts the PDF in place with AES-256. Gives its new size in bytes. */
export async function encryptPdf(path: string, encryption: Encryption, signal?: AbortSignal): Promise<number> {
  try {
    await inWorker({ action: 'encrypt', path, encryption }, signal);
  } finally {
    await rm(`${path}.encrypted`, { force: true });
  }
  return (await stat(path)).size;
}

async function inWorker(order: RewriteOrder, signal?: AbortSignal): Promise<{ encryption: Encryption | null }> {
  const worker = spawnWorker(import.meta.url, './rewrite.worker', {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  try {
    const [answer] = (await once(worker, 'message', signal ? { signal } : {})) as [RewriteAnswer];
    if (answer.ok) return answer;
    const retryable = answer.code === 'storage_full';
    throw new OcrError(answer.code, { retryable, cause: new Error(answer.message) });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw OcrError.from(error, 'merge_failed', { retryable: false });
  } finally {
    await worker.terminate();
  }
}
