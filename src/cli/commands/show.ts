import type { TaskDto, TaskSummaryDto } from '../../api/dto/task.dto.js';
import type { StatsDto, WindowDto } from '../../metrics/stats.dto.js';
import { EXIT } from '../../exit-codes.js';
import type { ApiClient } from '../api-client.js';
import { duration, pages, table, tasks } from '../format.js';
import { oneByOne } from '../one-by-one.js';
import { formatsFor, placeResults, STDOUT, writeResult } from '../result-files.js';
import type { Format } from '../../task-manager/task.types.js';
import type { Terminal } from '../terminal.js';

/** Shows tasks in full. One that is not there does not stop the others. @returns the exit code */
export async function status(taskIds: readonly string[], client: ApiClient, terminal: Terminal): Promise<number> {
  return oneByOne(taskIds, terminal, async (taskId) => {
    const task = await client.task(taskId);
    terminal.data(task);
    for (const line of describe(task)) terminal.line(line);
  });
}

function describe(task: TaskDto): string[] {
  const { eta_seconds, error, failed_pages, results, options } = task;
  const left = eta_seconds === null || eta_seconds === 0 ? '' : `, about ${duration(eta_seconds)} left`;
  const rows: [string, string][] = [
    ['task', task.task_id],
    ['document', task.name],
    ['status', `${task.status} (${Math.floor(task.progress * 100)} %${left})`],
    ['pages', pagesOf(task)],
    ['priority', task.priority],
    ['options', `${options.language}, ${options.mode}, ${options.ocr_provider}`],
    ['created', task.created_at],
    ['finished', task.finished_at ?? ''],
    ['error', error === null ? '' : `${error.message} (${error.code})`],
    ...failed_pages.map((page): [string, string] => [`page ${page.page ?? '?'}`, `${page.message} (${page.code})`]),
    ['results', Object.keys(results).join(', ')],
  ];
  return table(rows.filter(([, value]) => value !== ''));
}

export interface ListOptions {
  status?: string;
  priority?: string;
  text?: string;
  tenant?: string;
  batch?: string;
  sort?: string;
  limit?: number;
  cursor?: string;
}

/** Lists tasks, newest first. */
export async function list(options: ListOptions, client: ApiClient, terminal: Terminal): Promise<number> {
  const { status: states, priority, text, tenant, batch, sort, limit, cursor } = options;
  const filter = { status: states, priority, q: text, tenant, batch_id: batch };
  const found = await client.list({ ...filter, sort, limit: limit?.toString(), cursor });
  terminal.data(found);
  if (found.tasks.length === 0) terminal.note('No tasks.');
  else
    for (const line of table([['TASK', 'STATUS', 'PRIORITY', 'PAGES', 'DOCUMENT'], ...found.tasks.map(rowOf)]))
      terminal.line(line);
  if (found.next_cursor !== null) terminal.note(`There are more: --cursor ${found.next_cursor}`);
  return EXIT.ok;
}

function rowOf(task: TaskSummaryDto): string[] {
  return [task.task_id, task.status, task.priority, pagesOf(task), task.name];
}

function pagesOf({ pages: { total, done, failed } }: TaskSummaryDto): string {
  return pages({ pages_total: total, pages_done: done, pages_failed: failed });
}

/** Shows the queue's figures. */
export async function stats(client: ApiClient, terminal: Terminal): Promise<number> {
  const figures = await client.json<StatsDto>('/api/ocr/stats');
  terminal.data(figures);
  for (const line of describeStats(figures)) terminal.line(line);
  return EXIT.ok;
}

function describeStats({ tasks_by_status, queue, nodes, max_concurrent_tasks, ...windows }: StatsDto): string[] {
  const oldest = queue.oldest_wait_seconds === null ? '' : `, the oldest for ${duration(queue.oldest_wait_seconds)}`;
  const paused = tasks_by_status.paused === 0 ? '' : ` Paused: ${tasks(tasks_by_status.paused)}.`;
  return [
    `Waiting: ${tasks(tasks_by_status.queued)}${oldest}; ${queue.waiting_pages} pages, those of running tasks too.${paused} ` +
      `At most ${tasks(max_concurrent_tasks)} at a time.`,
    '',
    ...table(Object.entries(tasks_by_status).map(([name, count]) => [name, String(count)])),
    '',
    ...table([
      ['', 'PAGES', 'A MINUTE', 'DONE', 'FAILED', 'MEDIAN TIME'],
      ['last 5 min', ...windowRow(windows.last_5_minutes)],
      ['last hour', ...windowRow(windows.last_hour)],
      ['last day', ...windowRow(windows.last_day)],
    ]),
    '',
    ...table([
      ['NODE', 'ROLES', 'PAGES/SLOTS', 'HEARTBEAT'],
      ...nodes.map((node) => [
        node.name,
        node.roles.join(','),
        `${node.running_pages}/${node.slots}`,
        `${duration(node.last_heartbeat_seconds)} ago`,
      ]),
    ]),
  ];
}

function windowRow(window: WindowDto): string[] {
  const done = window.tasks_completed + window.tasks_completed_with_errors;
  const median = window.task_seconds.p50;
  return [
    String(window.pages),
    window.pages_per_minute.toFixed(1),
    String(done),
    String(window.tasks_failed),
    median === null ? '' : duration(median),
  ];
}

/** Fetches a task's results into files, or one to stdout. */
export async function result(
  taskId: string,
  options: { out?: string; format?: Format[] },
  client: ApiClient,
  terminal: Terminal,
): Promise<number> {
  const { results } = await client.task(taskId);
  const named = formatsFor(options.format, options.out).map(
    (format) => [format, results[format]?.file_name ?? `${taskId}.${format}`] as const,
  );
  for (const [format, path] of placeResults(new Map(named), options.out)) {
    await writeResult(await client.result(taskId, format), path);
    if (path === STDOUT) continue;
    terminal.data({ task_id: taskId, format, path });
    terminal.line(path);
  }
  return EXIT.ok;
}
