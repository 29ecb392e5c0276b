import { Inject, Injectable } from '@nestjs/common';
import { BaseOcr } from '../../base-ocr/base-ocr.js';
import { Database } from '../../database/database.js';
import type { ErrorCode } from '../../errors/error-codes.js';
import { OcrError } from '../../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { InputResolver } from '../../storage/input-resolver.js';
import { convertedKey, fetchedKey, isOriginal, sourcePrefix } from '../../task-manager/artifact-keys.js';
import type { Claim } from '../../task-manager/claim.js';
import { Settlement, type PreparedDocument } from '../../task-manager/settlement.js';
import { TextCarriers } from '../text-carriers.js';
import { WorkFolders } from '../work-folders.js';
import { removeRefused } from './leftovers.js';
import { settleWhenPossible } from './settle-when-possible.js';

/** Faults of the document itself, which whoever put it there may mend: it was still being written, or an address answered with something else. */
const FAULTS_OF_DOCUMENTS: ReadonlySet<ErrorCode> = new Set([
  'unsupported_document',
  'damaged_document',
  'too_many_pages',
  'page_too_large',
]);

/** The first job of a task: bring the document into the store, open it, cut it into chunks. */
@Injectable()
export class PrepareJob {
  constructor(
    private readonly ocr: BaseOcr,
    private readonly inputs: InputResolver,
    private readonly settlement: Settlement,
    private readonly workFolders: WorkFolders,
    private readonly textCarriers: TextCarriers,
    private readonly database: Database,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  /** @throws OcrError of phase `input`, storage errors, ClaimLost, the signal's reason */
  async process(claim: Claim, signal: AbortSignal): Promise<void> {
    const key = await this.bringIn(claim, signal);
    const document = await this.workFolders
      .use(claim.token, (folder) => this.open(claim, key, folder, signal))
      .catch(async (error: unknown) => {
        const isRefused = error instanceof OcrError && FAULTS_OF_DOCUMENTS.has(error.code);
        // An upload has no other place. What cannot be removed is opened again by the retry.
        if (isRefused && claim.task.source.kind !== 'upload')
          await removeRefused(this.database, this.store, claim, key).catch(() => {});
        throw error;
      });
    await settleWhenPossible(signal, () => this.settlement.prepared(claim, document));
  }

  /** Copies the document into the store, unless it is there (an upload, or an attempt before this one). */
  private async bringIn(claim: Claim, signal: AbortSignal): Promise<string> {
    const { source, id } = claim.task;
    if (source.kind === 'upload') return source.key;
    for await (const key of this.store.list(sourcePrefix(id))) if (isOriginal(key)) return key;
    return (await this.inputs.fetch(source, fetchedKey(id, claim.token), signal)).key;
  }

  private async open(claim: Claim, key: string, folder: string, signal: AbortSignal): Promise<PreparedDocument> {
    const pdfPath = `${folder}/document.pdf`;
    const { token, task } = claim;
    const { password, id, options } = task;
    const prepared = await this.store.withLocalFile(key, (sourcePath) =>
      this.ocr.prepare({ sourcePath, pdfPath, password, mode: options.mode, signal }),
    );
    if (prepared.pageCount < 1) throw new OcrError('damaged_document', { detail: 'The document has no pages.' });
    this.textCarriers.remember(id, prepared.carriesText);
    const { pageCount, carriesText } = prepared;
    if (!prepared.converted) return { documentKey: key, pageCount, carriesText };
    const converted = await this.store.putFile(convertedKey(id, token), pdfPath);
    return { documentKey: converted.key, pageCount, carriesText };
  }
}
