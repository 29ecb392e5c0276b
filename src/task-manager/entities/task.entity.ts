import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredError } from '../../errors/ocr-error.js';
import type { Format, Priority, TaskOptions, TaskResult, TaskSource, TaskStatus } from '../task.types.js';

/** A row of `ocr_tasks` for reading: what the queue alone uses (sort key, readiness, secrets) is left out of plain reads. */
@Entity('ocr_tasks')
export class TaskEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  status!: TaskStatus;

  @Column('text')
  priority!: Priority;

  /** Whom the work is for; empty when the caller named nobody. */
  @Column('text')
  tenant!: string;

  @Column('uuid', { nullable: true })
  batch_id!: string | null;

  /** True while the circuit of its provider is open: it waits without holding a place. */
  @Column('boolean')
  held!: boolean;

  @Column('text')
  name!: string;

  @Column('jsonb')
  source!: TaskSource;

  @Column('jsonb')
  options!: TaskOptions;

  @Column('jsonb')
  metadata!: Record<string, unknown>;

  /** How often the task was sent through: 1, plus one for each retry. */
  @Column('integer')
  run!: number;

  /** Store key of the PDF the pages are read from; null until the document is prepared. */
  @Column('text', { nullable: true })
  document_key!: string | null;

  @Column('integer', { nullable: true })
  page_count!: number | null;

  @Column('integer', { nullable: true })
  pages_total!: number | null;

  @Column('jsonb')
  results!: Partial<Record<Format, TaskResult>>;

  @Column('jsonb', { nullable: true })
  error!: StoredError | null;

  @Column('timestamptz')
  created_at!: Date;

  /** When work on it began, the last time it was sent through; null until then. */
  @Column('timestamptz', { nullable: true })
  started_at!: Date | null;

  @Column('timestamptz', { nullable: true })
  finished_at!: Date | null;

  /** Since when it is paused; null when it is not. */
  @Column('timestamptz', { nullable: true })
  paused_at!: Date | null;

  /** Milliseconds it was paused since `started_at`, without the pause it is in; a decimal string (bigint). */
  @Column('bigint')
  paused_ms!: string;

  @Column('timestamptz')
  updated_at!: Date;
}
