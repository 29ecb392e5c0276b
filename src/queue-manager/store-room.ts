import { Inject, Injectable } from '@nestjs/common';
import type { OcrError } from '../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { inTime } from '../threads/in-time.js';

/** Milliseconds the store is given to take a small file. */
const PATIENCE = 10_000;

/**
 * Whether the document store takes what is made, as far as this node knows: no longer once a job found it full or failing, again
 * once a small file can be written. Meanwhile the node claims nothing: pages would be read only to be thrown away.
 */
@Injectable()
export class StoreRoom {
  private shut = false;

  constructor(@Inject(DOCUMENT_STORE) private readonly store: DocumentStore) {}

  get isShut(): boolean {
    return this.shut;
  }

  /**
   * Whether a job failed because the store takes nothing: it is full, or what failed may be its doing and not even a small file can
   * be written (a disk that is read-only or gone, a bucket that does not answer). What the store has against one task only is that task's.
   * @param isUnforeseen whether nobody knows why it failed: the disk perhaps
   */
  async refused(error: OcrError, isUnforeseen: boolean): Promise<boolean> {
    if (error.code !== 'storage_full') {
      const mayBeStore = error.code === 'storage_failed' || isUnforeseen;
      if (!mayBeStore || (await this.takesFiles())) return false;
    }
    this.shut = true;
    return true;
  }

  /** Looks whether the store takes files again. @throws OcrError `storage_full` or `storage_failed` while it does not */
  async runOnce(): Promise<void> {
    if (!this.shut) return;
    await this.store.check();
    this.shut = false;
  }

  /** Whoever takes longer to answer than {@link PATIENCE} takes none. */
  private async takesFiles(): Promise<boolean> {
    const answer = this.store.check().then(
      () => true,
      () => false,
    );
    return inTime(answer, PATIENCE, false);
  }
}
