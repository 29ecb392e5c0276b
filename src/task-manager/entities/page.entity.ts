import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PageSource } from '../../document/page-result.js';
import type { StoredError } from '../../errors/ocr-error.js';

/** A row of `ocr_pages`: the checkpoint of one finished page. Its result lies in the store under `artifact_key`. */
@Entity('ocr_pages')
export class PageEntity {
  @PrimaryColumn('uuid')
  task_id!: string;

  @PrimaryColumn('integer')
  page!: number;

  @Column('text')
  state!: 'done' | 'failed';

  @Column('text', { nullable: true })
  source!: PageSource | null;

  @Column('text', { nullable: true })
  artifact_key!: string | null;

  @Column('text', { nullable: true })
  provider!: string | null;

  /** 0..100, null without recognised words. */
  @Column('real', { nullable: true })
  confidence!: number | null;

  @Column('integer')
  words!: number;

  @Column('integer')
  duration_ms!: number;

  @Column('integer')
  attempt!: number;

  @Column('jsonb', { nullable: true })
  error!: StoredError | null;

  @Column('timestamptz')
  created_at!: Date;
}
