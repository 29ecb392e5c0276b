import { Inject, Injectable } from '@nestjs/common';
import { Database, type Statement } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { parseResults } from '../document/exporters/export-pages.js';
import type { ExportPage, FailedPage, StoredPages } from '../document/exporters/exporter.js';
import { countWords, type KeptPage, type PageResult, type PageSource } from '../document/page-result.js';
import { OcrError, type StoredError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { freeMemory } from '../threads/free-memory.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { pageKey, pagesKey } from './artifact-keys.js';
import { CHANNELS } from './channels.js';
import type { Claim } from './claim.js';
import { untilDatabaseAnswers } from './database-patience.js';
import { logFailedPage } from './failure-log.js';
import { PageArtifacts } from './page-artifacts.js';
import { ClaimLost } from './fence.js';
import { checkpointKeptPages, checkpointPage, finishedPages, pagesAfter } from './sql/pages.sql.js';
import { hasAcceptedReading } from './sql/readings.sql.js';

const UNIQUE_VIOLATION = '23505';
const BATCH = 500;

/** Keeps finished pages: the result in the store, then the row under the claim's fence. A page kept is never read again. */
@Injectable()
export class Checkpoints {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  /** The pages of the claim's range that are finished already. */
  async finished(claim: Claim): Promise<Set<number>> {
    const { rows } = await this.database.query<{ page: number }>(finishedPages, [claim.task.id, claim.firstPage, claim.lastPage]);
    return new Set(rows.map((row) => row.page));
  }

  /** Keeps a page that was read. @throws ClaimLost, storage errors; waits out a database that is away until `signal` aborts */
  async pageDone(claim: Claim, result: PageResult, signal: AbortSignal): Promise<void> {
    const key = pageKey(claim.task.id, result.page, claim.token);
    await this.store.put(key, Buffer.from(JSON.stringify(result)), { signal });
    const words = countWords(result);
    const { source, engine, confidence, duration_ms } = result;
    const values = [
      'done',
      source,
      key,
      engine?.provider ?? null,
      confidence,
      words,
      Math.round(duration_ms),
      claim.attempt,
      null,
    ];
    await this.write(claim, signal, checkpointPage, [result.page, ...values]);
  }

  /** Keeps several pages whose own text was taken, in one file and with one statement. Their blocks are given away. @throws as {@link pageDone} */
  async pagesKept(claim: Claim, kept: readonly KeptPage[], signal: AbortSignal): Promise<void> {
    const [first, last] = [kept[0]!.facts.page, kept[kept.length - 1]!.facts.page];
    const key = pagesKey(claim.task.id, first, last, claim.token);
    await this.store.put(key, arrayOf(kept), { signal, givenAway: true });
    const column = (of: (page: KeptPage) => number) => kept.map(of);
    const columns = [column(({ facts }) => facts.page), column(({ words }) => words), column(({ facts }) => facts.duration_ms)];
    if (!(await this.write(claim, signal, checkpointKeptPages, [...columns, key, claim.attempt])))
      await this.keepMissing(claim, kept, signal);
    for (const { blocks } of kept) freeMemory(blocks);
  }

  private async keepMissing(claim: Claim, kept: readonly KeptPage[], signal: AbortSignal): Promise<void> {
    // One that is there keeps all of them out: either they all are, from a try whose answer was lost, or the others are kept by themselves.
    const there = await this.finished(claim);
    for (const page of kept) if (!there.has(page.facts.page)) await this.pageDone(claim, parseResults(jsonOf(page))[0]!, signal);
  }

  /** Keeps a page that failed for good, with its reason. @throws as {@link pageDone} */
  async pageFailed(claim: Claim, page: number, error: OcrError, durationMs: number, signal: AbortSignal): Promise<void> {
    const stored = { ...error.toStored(), page };
    const values = [page, 'failed', null, null, null, null, 0, Math.round(durationMs), claim.attempt, stored];
    await this.write(claim, signal, checkpointPage, values);
    logFailedPage(this.logs.tasks, claim, page, error);
  }

  /** The task's finished pages in page order, read from the store one at a time; of some sources only, if told. Failed ones have none. */
  async *pages(taskId: string, sources: readonly PageSource[] | null = null): AsyncGenerator<ExportPage> {
    const artifacts = new PageArtifacts(this.store);
    for await (const { page, artifact_key, error } of this.rows(taskId, sources, artifacts)) {
      if (artifact_key !== null) yield await artifacts.read(artifact_key, page);
      else if (error !== null) yield failedPage(page, error);
    }
  }

  /** The same pages as the store has them: a file at a time, with those of its pages that follow one another, and failed ones among them. */
  async *storedPages(taskId: string): AsyncGenerator<StoredPages | FailedPage> {
    const artifacts = new PageArtifacts(this.store);
    let [key, pages]: [string | null, (number | FailedPage)[]] = [null, []];
    for await (const { page, artifact_key, error } of this.rows(taskId, null, artifacts)) {
      if (key !== null && artifact_key !== null && artifact_key !== key) {
        yield { json: await artifacts.take(key), pages };
        pages = [];
      }
      key = artifact_key ?? key;
      if (artifact_key !== null) pages.push(page);
      else if (error !== null && key !== null) pages.push(failedPage(page, error));
      else if (error !== null) yield failedPage(page, error);
    }
    if (key !== null) yield { json: await artifacts.take(key), pages };
  }

  /** The rows of finished pages in page order, whose files the artifacts are told to expect. */
  private async *rows(taskId: string, sources: readonly PageSource[] | null, artifacts: PageArtifacts): AsyncGenerator<PageRow> {
    for (let after = 0; ;) {
      const { rows } = await this.database.query<PageRow>(pagesAfter, [taskId, after, BATCH, sources]);
      artifacts.expect(rows.flatMap((row) => row.artifact_key ?? []));
      yield* rows;
      if (rows.length < BATCH) return;
      after = rows[rows.length - 1]!.page;
    }
  }

  /** True when a page's result is that of a later reading. */
  async hasReplacedPages(taskId: string): Promise<boolean> {
    const { rows } = await this.database.query<{ accepted: boolean }>(hasAcceptedReading, [taskId]);
    return rows[0]!.accepted;
  }

  /** @returns false when it was there already */
  private async write(claim: Claim, signal: AbortSignal, statement: Statement, values: unknown[]): Promise<boolean> {
    let isWritten = true;
    await untilDatabaseAnswers(signal, async () => {
      try {
        const written = await this.database.query(statement, [claim.jobId, claim.token, ...values]);
        if (written.rowCount === 0) throw new ClaimLost();
      } catch (error) {
        // The fence lets only this claim write: the row is ours, from a try whose answer was lost.
        if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
        isWritten = false;
      }
    });
    this.notifier.notify(CHANNELS.progress, claim.task.id);
    return isWritten;
  }
}

/** The results as JSON of one array, without looking into their blocks. */
function arrayOf(kept: readonly KeptPage[]): Buffer {
  return Buffer.concat([Buffer.from('['), ...kept.flatMap((page, at) => partsOf(page, at === 0 ? '' : ',')), Buffer.from(']')]);
}

function jsonOf(page: KeptPage): Buffer {
  return Buffer.concat(partsOf(page, ''));
}

/** JSON of a page's result, in parts. */
function partsOf({ facts, blocks }: KeptPage, before: string): Uint8Array[] {
  return [Buffer.from(`${before}${JSON.stringify(facts).slice(0, -1)},"blocks":`), blocks, Buffer.from('}')];
}

function failedPage(page: number, { code, phase, message }: StoredError): FailedPage {
  return { page, code, phase, message };
}

interface PageRow {
  page: number;
  artifact_key: string | null;
  error: StoredError | null;
}
