import { Inject, Injectable } from '@nestjs/common';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';

/**
 * Whether the document store has room, as far as this node knows: no longer once a job found it full, again once a small file
 * can be written. Meanwhile the node claims nothing: pages would be read only to be thrown away.
 */
@Injectable()
export class StoreRoom {
  private full = false;

  constructor(@Inject(DOCUMENT_STORE) private readonly store: DocumentStore) {}

  get isFull(): boolean {
    return this.full;
  }

  /** Tells that something did not fit. */
  foundFull(): void {
    this.full = true;
  }

  /** Looks whether there is room again. @throws OcrError `storage_full` while there is none, `storage_failed` */
  async runOnce(): Promise<void> {
    if (!this.full) return;
    await this.store.check();
    this.full = false;
  }
}
