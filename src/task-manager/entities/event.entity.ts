import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EventType } from '../task.types.js';

/** A row of `ocr_events`: what happened to a task, in order. */
@Entity('ocr_events')
export class EventEntity {
  @PrimaryColumn('bigint')
  id!: string;

  @Column('uuid')
  task_id!: string;

  @Column('text')
  type!: EventType;

  @Column('jsonb')
  data!: Record<string, unknown>;

  @Column('timestamptz')
  created_at!: Date;
}
