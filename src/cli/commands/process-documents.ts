import { relative } from 'node:path';
import type { TaskDto } from '../../api/dto/task.dto.js';
import { EXIT } from '../../exit-codes.js';
import type { ApiClient, Treatment } from '../api-client.js';
import { CliError } from '../errors.js';
import { followToEnd } from '../follow.js';
import { duration } from '../format.js';
import { progressView } from '../progress-view.js';
import { STDOUT, writeResult, type ResultPaths } from '../result-files.js';
import type { Terminal } from '../terminal.js';

/** A document of this machine, and where its results go. */
export interface Plan {
  readonly file: string;
  readonly results: ResultPaths;
}

export interface ProcessOptions {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  readonly treatment: Treatment;
  /** Aborting it cancels the documents that are not done. */
  readonly signal: AbortSignal;
}

/**
 * Hands documents to a server, follows them, and writes their results as each is done. A document that fails does not stop
 * the others. @returns the exit code: the worst of all documents
 */
export async function processDocuments(plans: readonly Plan[], options: ProcessOptions): Promise<number> {
  const { client, terminal, treatment, signal } = options;
  const view = progressView(terminal, plans.length);
  const open = new Map<string, Plan>();
  const codes: number[] = [];
  const failed = (plan: Plan, error: unknown) => {
    codes.push(error instanceof CliError ? error.exitCode : EXIT.failed);
    view.above(() => terminal.fail(error, plan.file));
  };
  try {
    for (const plan of plans) {
      if (signal.aborted) break;
      try {
        open.set((await client.upload(plan.file, treatment)).task_id, plan);
      } catch (error) {
        if (error instanceof CliError && error.exitCode === EXIT.unavailable) throw error;
        failed(plan, error);
      }
    }
    await followToEnd(client, [...open.keys()], {
      signal,
      onProgress: (progress) => view.update(open.get(progress.task_id)?.file ?? '', progress),
      onFinal: async (taskId) => {
        const plan = open.get(taskId);
        if (plan === undefined) return;
        open.delete(taskId);
        view.finished(taskId);
        try {
          const task = await client.task(taskId);
          codes.push(await saveResults(client, task, plan.results));
          view.above(() => report(terminal, task, plan));
        } catch (error) {
          failed(plan, error);
        }
      },
    });
    if (signal.aborted) await Promise.allSettled([...open.keys()].map((taskId) => client.change(taskId, 'cancel')));
  } finally {
    view.close();
  }
  return worstOf(codes);
}

async function saveResults(client: ApiClient, task: TaskDto, results: ResultPaths): Promise<number> {
  if (task.status !== 'completed' && task.status !== 'completed_with_errors') return EXIT.failed;
  for (const [format, path] of results) await writeResult(await client.result(task.task_id, format), path);
  return task.status === 'completed' ? EXIT.ok : EXIT.pagesFailed;
}

function report(terminal: Terminal, task: TaskDto, plan: Plan): void {
  const { status, pages, error, failed_pages, created_at, finished_at } = task;
  const made = status === 'completed' || status === 'completed_with_errors';
  const files = Object.fromEntries(plan.results);
  terminal.data({ file: plan.file, task_id: task.task_id, status, pages, error, failed_pages, results: made ? files : {} });
  if (!made) {
    const why = error === null ? status : `${error.message} (${error.code})`;
    terminal.fail(new CliError(why, EXIT.failed), plan.file);
    return;
  }
  const took = duration((Date.parse(finished_at ?? created_at) - Date.parse(created_at)) / 1000);
  const places = [...plan.results.values()].filter((path) => path !== STDOUT).map((path) => shortest(path));
  const summary = `${plan.file}: ${pages.done} ${pages.done === 1 ? 'page' : 'pages'} in ${took}`;
  if (places.length === 0) terminal.note(summary);
  else terminal.line(`${summary} -> ${places.join(', ')}`);
  for (const page of failed_pages) {
    terminal.fail(new CliError(`page ${page.page ?? '?'}: ${page.message} (${page.code})`, EXIT.pagesFailed), plan.file);
  }
}

/** A path as one would type it here. */
function shortest(path: string): string {
  const near = relative(process.cwd(), path);
  return near !== '' && near.length < path.length ? near : path;
}

/** A failure counts more than failed pages, those more than success; of several failures the first. */
function worstOf(codes: readonly number[]): number {
  return codes.find((code) => code !== EXIT.ok && code !== EXIT.pagesFailed) ?? codes.find((code) => code !== EXIT.ok) ?? EXIT.ok;
}
