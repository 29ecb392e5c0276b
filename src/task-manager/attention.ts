import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { StoredError } from '../errors/ocr-error.js';
import { MOST_COUNTED, stalledTasks, unwellTasks } from './sql/attention.sql.js';
import { TaskQueries, type TaskWithProgress } from './task-queries.js';

/** Why a task should be looked at, the most urgent first. */
export const ATTENTION_KINDS = ['stalled', 'failed', 'gaps', 'low_confidence'] as const;
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

/** Why a stalled task does not come on; the statement says when each holds. */
export const STALL_CAUSES = ['provider_down', 'lost', 'no_progress', 'backing_off', 'no_worker', 'paused'] as const;
export type StallCause = (typeof STALL_CAUSES)[number];

/** A task to look at, with what is known of its trouble; null where that says nothing. */
export interface AttentionItem {
  kind: AttentionKind;
  /** Of a stalled task. */
  cause: StallCause | null;
  /** Since when it is so. */
  since: Date;
  /** When the queue itself tries again. */
  until: Date | null;
  /** The error that makes a stalled task wait. Those of others are the task's own. */
  error: StoredError | null;
  /** The provider that is down. */
  provider: string | null;
  /** Times a job of it was lost with its node. */
  losses: number | null;
  /** Mean confidence (0..100) over all words of recognised pages. */
  confidence: number | null;
  doubtful_pages: number | null;
  worst_page: number | null;
  found: TaskWithProgress;
}

export interface AttentionList {
  /** Tasks of each kind, counted no further than {@link MOST_COUNTED}. */
  counts: Record<AttentionKind, number>;
  /** Kind by kind, the most urgent first. */
  items: AttentionItem[];
}

type Fact = Omit<AttentionItem, 'found'> & { id: string; total: number };
type StalledRow = Pick<Fact, 'id' | 'cause' | 'since' | 'until' | 'error' | 'provider' | 'losses' | 'total'>;
type UnwellRow = Pick<Fact, 'id' | 'kind' | 'since' | 'confidence' | 'doubtful_pages' | 'worst_page' | 'total'>;

const NOTHING = { cause: null, until: null, error: null, provider: null, losses: null };
const UNREAD = { confidence: null, doubtful_pages: null, worst_page: null };

/** Finds what an operator should look at first: tasks that do not come on, failed, have gaps or were read with low confidence. */
@Injectable()
export class Attention {
  constructor(
    private readonly database: Database,
    private readonly queries: TaskQueries,
  ) {}

  /** @param limit most tasks of each kind, 1..50 */
  async read(limit: number, tenant?: string): Promise<AttentionList> {
    const values = [tenant ?? null, limit];
    const { rows: stalled } = await this.database.query<StalledRow>(stalledTasks, values);
    const { rows: unwell } = await this.database.query<UnwellRow>(unwellTasks, values);
    const facts: Fact[] = [...stalled.map(stalledFact), ...unwell.map(unwellFact)];
    const totalOf = (kind: AttentionKind) => Math.min(MOST_COUNTED, facts.find((fact) => fact.kind === kind)?.total ?? 0);
    return {
      counts: Object.fromEntries(ATTENTION_KINDS.map((kind) => [kind, totalOf(kind)])) as Record<AttentionKind, number>,
      items: await this.withTasks(facts),
    };
  }

  /** A task deleted between the two looks is left out. */
  private async withTasks(facts: readonly Fact[]): Promise<AttentionItem[]> {
    const found = new Map((await this.queries.some(facts.map(({ id }) => id))).map((each) => [each.task.id, each]));
    const sorted = ATTENTION_KINDS.flatMap((kind) => facts.filter((fact) => fact.kind === kind));
    return sorted.flatMap(({ id, total: _total, ...fact }) => {
      const task = found.get(id);
      return task === undefined ? [] : [{ ...fact, found: task }];
    });
  }
}

function stalledFact(row: StalledRow): Fact {
  return { ...UNREAD, ...row, kind: 'stalled', losses: row.cause === 'lost' ? row.losses : null };
}

function unwellFact(row: UnwellRow): Fact {
  return { ...NOTHING, ...row, ...(row.kind === 'low_confidence' ? {} : UNREAD) };
}
