import { Injectable } from '@nestjs/common';
import { DataSource, In, type SelectQueryBuilder } from 'typeorm';
import { Database } from '../database/database.js';
import { OcrError, type StoredError } from '../errors/ocr-error.js';
import { JobEntity } from './entities/job.entity.js';
import { PageEntity } from './entities/page.entity.js';
import { TaskEntity } from './entities/task.entity.js';
import { toProgress, type ProgressRow } from './progress.js';
import { toBatchProgress, type BatchProgress, type BatchRow } from './batch-progress.js';
import { toPageStates, type FinishedPage, type PageState } from './page-states.js';
import { decodeCursor, encodeCursor, TASK_SORTS, type TaskSort } from './task-sorts.js';
import { eventsOf } from './sql/events.sql.js';
import { documentOfTask, pagesOfTask, rangesAtWork } from './sql/page-states.sql.js';
import { failedPages } from './sql/pages.sql.js';
import { readBatch, readClock, readProgress } from './sql/tasks.sql.js';
import { applyFilter, type TaskFilter } from './task-filter.js';
import type { TaskEvent, TaskOptions, TaskProgress } from './task.types.js';

export type { TaskFilter };

export interface TaskPageRequest {
  sort: TaskSort;
  descending: boolean;
  /** Most tasks answered, 1..200. */
  limit: number;
  /** `next_cursor` of the answer before. */
  cursor?: string;
}

/** A task with how far it has come. */
export interface TaskWithProgress {
  task: TaskEntity;
  progress: TaskProgress;
}

/** The PDF a task's pages are read from. */
export interface TaskDocument {
  /** Store key. */
  key: string;
  pageCount: number;
  /** Opens it; forgotten once the task is completed. */
  password?: string;
  /** How the task reads it. */
  options: TaskOptions;
}

/** Reads tasks for people and programs. Nothing here changes a row. */
@Injectable()
export class TaskQueries {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: Database,
  ) {}

  /** @throws OcrError task_not_found */
  async get(taskId: string): Promise<TaskWithProgress> {
    const task = await this.dataSource.getRepository(TaskEntity).findOneBy({ id: taskId });
    const progress = await this.progress([taskId]);
    if (task === null || progress[0] === undefined) throw new OcrError('task_not_found');
    return { task, progress: progress[0] };
  }

  /** The tasks of these ids with how far they have come. Unknown ids are left out; the order is arbitrary. */
  async some(taskIds: readonly string[]): Promise<TaskWithProgress[]> {
    return this.withProgress(await this.dataSource.getRepository(TaskEntity).findBy({ id: In([...taskIds]) }));
  }

  /** The task's jobs in the order of work. */
  async jobs(taskId: string): Promise<JobEntity[]> {
    return this.dataSource.getRepository(JobEntity).find({ where: { task_id: taskId }, order: { position: 'ASC', id: 'ASC' } });
  }

  /**
   * Its events after the one of the id `after`, oldest first, at most `limit`; before them those that may have been committed later than that
   * one although their ids are smaller.
   */
  async events(taskId: string, after = '0', limit = 1000): Promise<TaskEvent[]> {
    const { rows } = await this.database.query<TaskEvent>(eventsOf, [taskId, after, limit]);
    return rows;
  }

  /** A page's checkpoint. @throws OcrError task_not_found; page_not_found while it is not finished */
  async page(taskId: string, page: number): Promise<PageEntity> {
    const found = await this.dataSource.getRepository(PageEntity).findOneBy({ task_id: taskId, page });
    if (found !== null) return found;
    await this.get(taskId);
    throw new OcrError('page_not_found');
  }

  /** How every page of the document stands, in order; empty until it is open. @throws OcrError task_not_found */
  async pages(taskId: string): Promise<PageState[]> {
    const task = await this.dataSource
      .getRepository(TaskEntity)
      .findOne({ where: { id: taskId }, select: { id: true, page_count: true, options: true } });
    if (task === null) throw new OcrError('task_not_found');
    if (task.page_count === null) return [];
    // The ranges first: a page finished between the two looks is then done, not waiting.
    const ranges = await this.database.query<{ first: number; last: number }>(rangesAtWork, [taskId]);
    const finished = await this.database.query<FinishedPage>(pagesOfTask, [taskId]);
    return toPageStates(task.page_count, task.options.pages, finished.rows, ranges.rows);
  }

  /** The PDF with this page. @throws OcrError task_not_found; page_not_found also while the document is not open yet */
  async documentWithPage(taskId: string, page: number): Promise<TaskDocument> {
    const { rows } = await this.database.query<DocumentRow>(documentOfTask, [taskId]);
    const row = rows[0];
    if (row === undefined) throw new OcrError('task_not_found');
    const { document_key: key, page_count: pageCount, password, options } = row;
    if (key === null || pageCount === null || page > pageCount) throw new OcrError('page_not_found');
    return { key, pageCount, password: password ?? undefined, options };
  }

  /** The pages that failed for good, with their reasons. */
  async failedPages(taskId: string, limit = 1000): Promise<StoredError[]> {
    const { rows } = await this.database.query<{ page: number; error: StoredError }>(failedPages, [taskId, limit]);
    return rows.map((row) => ({ ...row.error, page: row.page }));
  }

  /** How far these tasks have come. Unknown ids are left out; the order is arbitrary. */
  async progress(taskIds: readonly string[]): Promise<TaskProgress[]> {
    if (taskIds.length === 0) return [];
    const { rows } = await this.database.query<ProgressRow>(readProgress, [taskIds]);
    return rows.map(toProgress);
  }

  /** One page of a list. The cursor is opaque and stays valid while tasks come and go. @throws OcrError invalid_request on a bad cursor */
  async list(filter: TaskFilter, request: TaskPageRequest): Promise<{ tasks: TaskWithProgress[]; next_cursor: string | null }> {
    const query = this.dataSource.getRepository(TaskEntity).createQueryBuilder('task');
    applyFilter(query, filter);
    applyOrder(query, request);
    const found = await query.limit(request.limit + 1).getMany();
    const shown = found.slice(0, request.limit);
    const last = shown.at(-1);
    return {
      tasks: await this.withProgress(shown),
      next_cursor: found.length > request.limit && last !== undefined ? encodeCursor(request, last) : null,
    };
  }

  /** The ids of the tasks a filter finds, oldest first, no more than `most`. */
  async ids(filter: TaskFilter, most: number): Promise<string[]> {
    const query = this.dataSource.getRepository(TaskEntity).createQueryBuilder('task').select('task.id', 'id');
    applyFilter(query, filter);
    const rows = await query.orderBy('task.id').limit(most).getRawMany<{ id: string }>();
    return rows.map((row) => row.id);
  }

  /** The time by the database's clock, which `created_at` is written by. */
  async now(): Promise<Date> {
    const { rows } = await this.database.query<{ now: Date }>(readClock);
    return rows[0]!.now;
  }

  /** How a batch stands: its tasks by status, and the pages of all of them. @throws OcrError batch_not_found */
  async batch(batchId: string): Promise<BatchProgress> {
    const { rows } = await this.database.query<BatchRow>(readBatch, [batchId]);
    const row = rows[0];
    if (row === undefined || row.total === 0) throw new OcrError('batch_not_found');
    return toBatchProgress(batchId, row);
  }

  /** How many tasks a filter finds. */
  async count(filter: TaskFilter): Promise<number> {
    const query = this.dataSource.getRepository(TaskEntity).createQueryBuilder('task').select('count(*)::int', 'count');
    applyFilter(query, filter);
    const found = await query.getRawOne<{ count: number }>();
    return found?.count ?? 0;
  }

  /** In the order given; a task deleted meanwhile is left out. */
  private async withProgress(tasks: readonly TaskEntity[]): Promise<TaskWithProgress[]> {
    const progress = new Map((await this.progress(tasks.map((task) => task.id))).map((item) => [item.task_id, item]));
    return tasks.flatMap((task) => {
      const item = progress.get(task.id);
      return item === undefined ? [] : [{ task, progress: item }];
    });
  }
}

interface DocumentRow {
  document_key: string | null;
  page_count: number | null;
  options: TaskOptions;
  password: string | null;
}

function applyOrder(query: SelectQueryBuilder<TaskEntity>, request: TaskPageRequest): void {
  const { expression, type } = TASK_SORTS[request.sort];
  const direction = request.descending ? 'DESC' : 'ASC';
  if (request.cursor !== undefined) {
    const after = decodeCursor(request.cursor, request);
    const beyond = request.descending ? '<' : '>';
    query.andWhere(`(${expression}, task.id) ${beyond} (:cursorValue::${type}, :cursorId::uuid)`, {
      cursorValue: after.value,
      cursorId: after.id,
    });
  }
  query.orderBy(expression, direction).addOrderBy('task.id', direction);
}
