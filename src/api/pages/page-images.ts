import { Inject, Injectable } from '@nestjs/common';
import { Slots } from '../../threads/slots.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { DocumentService } from '../../document/document.service.js';
import { WebpEncoder } from '../../document/page-image/webp-encoder.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { pageImageKey } from '../../task-manager/artifact-keys.js';
import type { TaskDocument } from '../../task-manager/task-queries.js';
import { VERSION } from '../../version.js';

/** One drawing thread of so many may draw pictures for people; the others are left to the OCR. */
const SHARE = 4;

/** Draws pages for people to look at. What was drawn once is kept with the task. */
@Injectable()
export class PageImages {
  private readonly slots: Slots;

  constructor(
    private readonly documents: DocumentService,
    private readonly encoder: WebpEncoder,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.slots = new Slots(Math.max(1, Math.floor(settings.ocr_slots / SHARE)));
  }

  /**
   * The page as displayed, in colour, `width` pixels wide, as WebP.
   * @throws OcrError password_required when the password is forgotten already, those of DocumentService.renderColour and of
   *   the store; the signal's reason once it is aborted
   */
  async draw(taskId: string, document: TaskDocument, page: number, width: number, signal: AbortSignal): Promise<Uint8Array> {
    const key = pageImageKey(taskId, page, width, VERSION);
    const kept = await this.kept(key);
    if (kept !== undefined) return kept;
    const release = await this.slots.acquire(signal);
    try {
      // Perhaps somebody before us in the line wanted the same.
      return (await this.kept(key)) ?? (await this.make(key, document, page, width, signal));
    } finally {
      release();
    }
  }

  private async kept(key: string): Promise<Buffer | undefined> {
    return (await this.store.stat(key)) === null ? undefined : this.store.read(key);
  }

  private async make(
    key: string,
    { key: documentKey, password }: TaskDocument,
    page: number,
    width: number,
    signal: AbortSignal,
  ) {
    const picture = await this.store.withLocalFile(documentKey, (path) =>
      this.documents.renderColour({ path, password }, page, { width, signal }),
    );
    const webp = await this.encoder.encode(picture);
    await this.store.put(key, webp);
    return webp;
  }
}
