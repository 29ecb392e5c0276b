import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredError } from '../../errors/ocr-error.js';
import type { JobKind, JobState } from '../task.types.js';

/** A row of `ocr_jobs` for reading. */
@Entity('ocr_jobs')
export class JobEntity {
  @PrimaryColumn('bigint')
  id!: string;

  @Column('uuid')
  task_id!: string;

  @Column('text')
  kind!: JobKind;

  @Column('text')
  state!: JobState;

  @Column('integer')
  position!: number;

  @Column('integer', { nullable: true })
  first_page!: number | null;

  @Column('integer', { nullable: true })
  last_page!: number | null;

  @Column('integer')
  pages_total!: number;

  @Column('integer')
  pages_done!: number;

  @Column('integer')
  pages_failed!: number;

  /** Sum of the finished pages' durations in milliseconds; a decimal string (bigint). */
  @Column('bigint')
  page_ms!: string;

  @Column('integer')
  attempt!: number;

  @Column('integer')
  stalls!: number;

  @Column('timestamptz')
  run_at!: Date;

  @Column('uuid', { nullable: true })
  node_id!: string | null;

  @Column('timestamptz', { nullable: true })
  started_at!: Date | null;

  @Column('timestamptz', { nullable: true })
  finished_at!: Date | null;

  @Column('jsonb', { nullable: true })
  last_error!: StoredError | null;
}
