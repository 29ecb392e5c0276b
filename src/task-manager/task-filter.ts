import type { SelectQueryBuilder } from 'typeorm';
import type { TaskEntity } from './entities/task.entity.js';
import { PRIORITY_RANK } from './task-sorts.js';
import { PRIORITIES, type Priority, type TaskStatus } from './task.types.js';

/** What a list of tasks is narrowed by. Dates are inclusive bounds; metadata is contained in the task's own. */
export interface TaskFilter {
  status?: TaskStatus[];
  priority?: Priority[];
  created_from?: Date;
  created_to?: Date;
  metadata?: Record<string, unknown>;
  /** Text anywhere in the document's name, whatever its case. */
  text?: string;
  ids?: string[];
  /** Only tasks handed in later than the one of this id. */
  after?: string;
  batch_id?: string;
  tenant?: string;
  /** The provider and the language asked for. */
  provider?: string;
  language?: string;
}

/** Narrows a query over the alias `task`. Conditions on what an index is made of are written as the index has them. */
export function applyFilter(query: SelectQueryBuilder<TaskEntity>, filter: TaskFilter): void {
  if (filter.status?.length) query.andWhere('task.status IN (:...status)', { status: filter.status });
  if (filter.priority?.length) {
    const ranks = filter.priority.map((priority) => PRIORITIES.indexOf(priority) + 1);
    query.andWhere(`${PRIORITY_RANK} IN (:...ranks)`, { ranks });
  }
  if (filter.created_from) query.andWhere('task.created_at >= :from', { from: filter.created_from });
  if (filter.created_to) query.andWhere('task.created_at <= :to', { to: filter.created_to });
  if (filter.metadata) query.andWhere('task.metadata @> :metadata::jsonb', { metadata: JSON.stringify(filter.metadata) });
  if (filter.ids) query.andWhere('task.id = ANY (:ids::uuid[])', { ids: filter.ids });
  if (filter.after) query.andWhere('task.id > :afterId', { afterId: filter.after });
  if (filter.batch_id) query.andWhere('task.batch_id = :batch', { batch: filter.batch_id });
  if (filter.tenant) query.andWhere('task.tenant = :tenant', { tenant: filter.tenant });
  if (filter.provider) query.andWhere(`task.options ->> 'ocr_provider' = :provider`, { provider: filter.provider });
  if (filter.language) query.andWhere(`task.options ->> 'language' = :language`, { language: filter.language });
  if (filter.text) query.andWhere('task.name ILIKE :namePart', { namePart: `%${filter.text.replace(/[\\%_]/g, '\\$&')}%` });
}
