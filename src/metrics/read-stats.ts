import type { Database } from '../database/database.js';
import { PRIORITIES, TASK_STATUSES, type Priority, type TaskStatus } from '../task-manager/task.types.js';
import * as sql from './sql/stats.sql.js';
import type { NodeDto, QueueDto, QueueLoadDto, SpreadDto, Stats, WindowDto } from './stats.dto.js';

interface ThroughputRow {
  window: WindowName;
  minutes: number;
  pages: number;
  pages_failed: number;
  page_ms: number;
  tasks_completed: number;
  tasks_completed_with_errors: number;
  tasks_failed: number;
  tasks_cancelled: number;
  task_ms: number;
  wait_ms: number;
}

type Percentiles = [p50: number, p95: number];
interface SpreadRow {
  window: WindowName;
  task_seconds: Percentiles;
  wait_seconds: Percentiles;
}

interface NodeRow extends Omit<NodeDto, 'running_pages' | 'running_jobs' | 'memory_mb' | 'started_at'> {
  load: { pages?: number; jobs?: number; rss_mb?: number };
  started_at: Date;
}

const WINDOW_NAMES = ['last_5_minutes', 'last_hour', 'last_day'] as const;
type WindowName = (typeof WINDOW_NAMES)[number];

/** Reads the queue's figures: six short statements, none of which walks finished work beyond a day. */
export async function readStats(database: Database, maxConcurrentTasks: number): Promise<Stats> {
  const limit = await database.query<{ most: number }>(sql.concurrencyLimit, [maxConcurrentTasks]);
  const statuses = await database.query<{ status: TaskStatus; tasks: number }>(sql.tasksByStatus);
  const queue = await database.query<QueueLoadDto & { priority: Priority }>(sql.queueByPriority);
  const throughput = await database.query<ThroughputRow>(sql.throughput);
  const spread = await database.query<SpreadRow>(sql.spread);
  const nodes = await database.query<NodeRow>(sql.liveNodes);
  return {
    generated_at: new Date().toISOString(),
    max_concurrent_tasks: limit.rows[0]?.most ?? maxConcurrentTasks,
    tasks_by_status: countsOf(statuses.rows),
    queue: toQueue(queue.rows),
    ...toWindows(throughput.rows, spread.rows),
    nodes: nodes.rows.map(toNode),
  };
}

function countsOf(rows: { status: TaskStatus; tasks: number }[]): Record<TaskStatus, number> {
  const counted = new Map(rows.map((row) => [row.status, row.tasks]));
  return Object.fromEntries(TASK_STATUSES.map((status) => [status, counted.get(status) ?? 0])) as Record<TaskStatus, number>;
}

function toQueue(rows: (QueueLoadDto & { priority: Priority })[]): QueueDto {
  const loadOf = (some: QueueLoadDto[]): QueueLoadDto => {
    const waits = some.flatMap((row) => (row.oldest_wait_seconds === null ? [] : [row.oldest_wait_seconds]));
    return {
      tasks: some.reduce((sum, row) => sum + row.tasks, 0),
      waiting_pages: some.reduce((sum, row) => sum + row.waiting_pages, 0),
      oldest_wait_seconds: waits.length === 0 ? null : rounded(Math.max(0, ...waits)),
    };
  };
  const byPriority = PRIORITIES.map((priority) => [priority, loadOf(rows.filter((row) => row.priority === priority))]);
  return { ...loadOf(rows), by_priority: Object.fromEntries(byPriority) as Record<Priority, QueueLoadDto> };
}

function toWindows(throughput: ThroughputRow[], spreads: SpreadRow[]): Record<WindowName, WindowDto> {
  const windows = WINDOW_NAMES.map((name) => {
    const row = throughput.find(({ window }) => window === name)!; // the statement gives a row for each window
    const spread = spreads.find(({ window }) => window === name);
    return [name, toWindow(row, spread)];
  });
  return Object.fromEntries(windows) as Record<WindowName, WindowDto>;
}

function toWindow(row: ThroughputRow, spread: SpreadRow | undefined): WindowDto {
  const pages = row.pages + row.pages_failed;
  const results = row.tasks_completed + row.tasks_completed_with_errors;
  const spreadOf = (totalMs: number, percentiles: Percentiles | undefined): SpreadDto => ({
    mean: results === 0 ? null : rounded(totalMs / results / 1000),
    p50: percentiles === undefined ? null : rounded(percentiles[0]),
    p95: percentiles === undefined ? null : rounded(percentiles[1]),
  });
  return {
    pages: row.pages,
    pages_failed: row.pages_failed,
    pages_per_minute: rounded(row.pages / row.minutes),
    mean_page_ms: pages === 0 ? null : Math.round(row.page_ms / pages),
    tasks_completed: row.tasks_completed,
    tasks_completed_with_errors: row.tasks_completed_with_errors,
    tasks_failed: row.tasks_failed,
    tasks_cancelled: row.tasks_cancelled,
    task_seconds: spreadOf(row.task_ms, spread?.task_seconds),
    wait_seconds: spreadOf(row.wait_ms, spread?.wait_seconds),
  };
}

function toNode({ load, started_at, last_heartbeat_seconds, ...node }: NodeRow): NodeDto {
  return {
    ...node,
    // A page more is in work than is read at a time: it is being drawn, or written down.
    running_pages: Math.min(load.pages ?? 0, node.slots),
    running_jobs: load.jobs ?? 0,
    memory_mb: Math.round(load.rss_mb ?? 0),
    started_at: started_at.toISOString(),
    last_heartbeat_seconds: rounded(Math.max(0, last_heartbeat_seconds)),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
