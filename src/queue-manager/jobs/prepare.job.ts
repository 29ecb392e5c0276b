import { Inject, Injectable } from '@nestjs/common';
import { BaseOcr } from '../../base-ocr/base-ocr.js';
import { OcrError } from '../../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { InputResolver } from '../../storage/input-resolver.js';
import { convertedKey, sourceKey } from '../../task-manager/artifact-keys.js';
import type { Claim } from '../../task-manager/claim.js';
import { Settlement, type PreparedDocument } from '../../task-manager/settlement.js';
import { TextCarriers } from '../text-carriers.js';
import { WorkFolders } from '../work-folders.js';
import { settleWhenPossible } from './settle-when-possible.js';

/** The first job of a task: bring the document into the store, open it, cut it into chunks. */
@Injectable()
export class PrepareJob {
  constructor(
    private readonly ocr: BaseOcr,
    private readonly inputs: InputResolver,
    private readonly settlement: Settlement,
    private readonly workFolders: WorkFolders,
    private readonly textCarriers: TextCarriers,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  /** @throws OcrError of phase `input`, storage errors, ClaimLost, the signal's reason */
  async process(claim: Claim, signal: AbortSignal): Promise<void> {
    const key = await this.bringIn(claim, signal);
    const document = await this.workFolders.use(claim.token, (folder) => this.open(claim, key, folder, signal));
    await settleWhenPossible(signal, () => this.settlement.prepared(claim, document));
  }

  /** Copies the document into the store, unless it is there (an upload, or an attempt before this one). */
  private async bringIn(claim: Claim, signal: AbortSignal): Promise<string> {
    const { source, id } = claim.task;
    if (source.kind === 'upload') return source.key;
    const key = sourceKey(id);
    if ((await this.store.stat(key)) === null) await this.inputs.fetch(source, key, signal);
    return key;
  }

  private async open(claim: Claim, key: string, folder: string, signal: AbortSignal): Promise<PreparedDocument> {
    const pdfPath = `${folder}/document.pdf`;
    const { password, id, options } = claim.task;
    const prepared = await this.store.withLocalFile(key, (sourcePath) =>
      this.ocr.prepare({ sourcePath, pdfPath, password, mode: options.mode, signal }),
    );
    if (prepared.pageCount < 1) throw new OcrError('damaged_document', { detail: 'The document has no pages.' });
    this.textCarriers.remember(id, prepared.carriesText);
    if (!prepared.converted) return { documentKey: key, pageCount: prepared.pageCount };
    const converted = await this.store.putFile(convertedKey(id), pdfPath);
    return { documentKey: converted.key, pageCount: prepared.pageCount };
  }
}
