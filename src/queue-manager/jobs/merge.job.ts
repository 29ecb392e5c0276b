import { Inject, Injectable } from '@nestjs/common';
import { BaseOcr, type MergedFile, type MergedResults } from '../../base-ocr/base-ocr.js';
import { Database } from '../../database/database.js';
import { OcrError } from '../../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { OutputWriter, type DeliveryNotes } from '../../storage/output-writer.js';
import { resultKey } from '../../task-manager/artifact-keys.js';
import { Checkpoints } from '../../task-manager/checkpoints.js';
import type { Claim } from '../../task-manager/claim.js';
import { Deliveries } from '../../task-manager/deliveries.js';
import { Settlement } from '../../task-manager/settlement.js';
import type { Format, TaskResult } from '../../task-manager/task.types.js';
import { WorkFolders } from '../work-folders.js';
import { documentKeyOf } from './chunk.job.js';
import { earlierResults, removeKeys, removeLeftPages, removeLeftSources } from './leftovers.js';
import { settleWhenPossible } from './settle-when-possible.js';

type Results = Partial<Record<Format, TaskResult>>;

/** The last job of a task: assemble the results, verify them, keep them, deliver them. */
@Injectable()
export class MergeJob {
  constructor(
    private readonly ocr: BaseOcr,
    private readonly checkpoints: Checkpoints,
    private readonly settlement: Settlement,
    private readonly outputs: OutputWriter,
    private readonly deliveries: Deliveries,
    private readonly workFolders: WorkFolders,
    private readonly database: Database,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  /** @throws OcrError of phases `merge` and `deliver`, ClaimLost, the signal's reason */
  async process(claim: Claim, signal: AbortSignal): Promise<void> {
    const { results, fault } = await this.bringAbout(claim, signal).catch(async (error: unknown) => {
      // Results that came to nothing are not kept: the next attempt makes its own. At the latest they go with the task.
      await this.store.deletePrefix(resultKey(claim.task.id, claim.task.run, claim.token, '')).catch(() => {});
      throw error;
    });
    await removeLeftPages(this.database, this.store, claim, signal);
    await removeLeftSources(this.database, this.store, claim, signal);
    const keys = Object.values(results).map(({ key }) => key);
    const earlier = await earlierResults(this.store, claim, keys).catch(() => []);
    const settled = await settleWhenPossible(signal, async () => {
      await this.settlement.merged(claim, results, fault);
      return true;
    });
    // They go with the task at the latest: also where the answer was lost, so that another may have settled it.
    if (settled === true) await removeKeys(this.store, earlier, signal).catch(() => {});
  }

  /** Makes the results, keeps them, and puts them where the caller asked for them. */
  private async bringAbout(claim: Claim, signal: AbortSignal) {
    const made = await this.workFolders.use(claim.token, async (folder) => {
      const merged = await this.merge(claim, folder, signal);
      return { results: await this.keep(claim, merged.files), fault: merged.refused[0]?.error ?? merged.doubt };
    });
    return { ...made, results: await this.deliver(claim, made.results, signal) };
  }

  private async merge(claim: Claim, outputDir: string, signal: AbortSignal): Promise<MergedResults> {
    const { id, name, options, password, pageCount } = claim.task;
    if (pageCount === null) throw new OcrError('merge_failed', { detail: 'The task has no prepared document.' });
    // A page read once more in another mode may have an invisible layer of before, which then goes.
    const mode = (await this.checkpoints.hasReplacedPages(id)) ? 'redo' : options.mode;
    return this.store.withLocalFile(documentKeyOf(claim), (path) =>
      this.ocr.merge({
        pdf: { path, password },
        facts: {
          task_id: id,
          name,
          page_count: pageCount,
          language: options.language,
          ocr_provider: options.ocr_provider,
          created_at: new Date().toISOString(),
          options: { ...options, output_path: undefined, webhook_url: undefined, webhook_events: undefined },
        },
        pages: (sources) => this.checkpoints.pages(id, sources),
        storedPages: () => this.checkpoints.storedPages(id),
        formats: options.formats,
        mode,
        rotatePages: options.rotate_pages,
        deskew: options.deskew,
        optimize: options.optimize,
        outputDir,
        signal,
      }),
    );
  }

  private async keep(claim: Claim, files: MergedFile[]): Promise<Results> {
    const base = baseNameOf(claim);
    const keeping = files.map(async ({ format, path, contentType, extension }) => {
      const place = resultKey(claim.task.id, claim.task.run, claim.token, `result.${extension}`);
      const { key, size, sha256 } = await this.store.putFile(place, path);
      return [format, { key, size, sha256, content_type: contentType, file_name: `${base}.${extension}` }] as const;
    });
    // None is still on its way when those of a merge that fails are removed.
    await Promise.allSettled(keeping);
    return Object.fromEntries(await Promise.all(keeping));
  }

  /** Puts the results where the caller asked for them, too. @returns them with the files they are in there */
  private async deliver(claim: Claim, results: Results, signal: AbortSignal): Promise<Results> {
    const { id, name, options } = claim.task;
    if (options.output_path === undefined) return results;
    const base = baseNameOf(claim);
    const entries = Object.entries(results) as [Format, TaskResult][];
    const files = entries.map(([, { key, file_name }]) => ({ key, extension: file_name.slice(base.length + 1) }));
    const notes: DeliveryNotes = {
      known: (paths) => this.deliveries.known(claim, paths),
      note: (...file) => this.deliveries.note(claim, ...file),
    };
    const document = { name, mark: id.slice(-12), notes };
    const paths = await this.outputs.deliver(options.output_path, document, files, signal);
    return Object.fromEntries(entries.map(([format, result], at) => [format, { ...result, delivered_to: paths[at] }]));
  }
}

/** The document's name without its extension: how the names of its results begin. */
function baseNameOf(claim: Claim): string {
  return claim.task.name.replace(/\.[A-Za-z0-9]{1,5}$/, '') || 'document';
}
