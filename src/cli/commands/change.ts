import type { ApiClient, Change } from '../api-client.js';
import { oneByOne } from '../one-by-one.js';
import { deliveryOf, readingOf, type DeliveryOptions, type ReadingOptions } from '../options.js';
import type { TaskStatus } from '../../task-manager/task.types.js';
import type { Terminal } from '../terminal.js';

/**
 * Pauses, resumes, cancels, retries or deletes tasks. One that refuses does not stop the others.
 * @param anew what a retry does differently
 * @returns the exit code
 */
export async function change(
  action: Change | 'retry' | 'delete',
  taskIds: readonly string[],
  client: ApiClient,
  terminal: Terminal,
  anew: ReadingOptions & DeliveryOptions = {},
): Promise<number> {
  const act = async (taskId: string): Promise<TaskStatus | 'deleted'> => {
    if (action === 'delete') return remove(taskId, client);
    const retry = () => client.retry(taskId, { ...readingOf(anew), ...deliveryOf(anew) });
    return (await (action === 'retry' ? retry() : client.change(taskId, action))).status;
  };
  return oneByOne(taskIds, terminal, async (taskId) => {
    const status = await act(taskId);
    terminal.data({ task_id: taskId, status });
    terminal.line(`${taskId}  ${status}`);
  });
}

async function remove(taskId: string, client: ApiClient): Promise<'deleted'> {
  await client.delete(taskId);
  return 'deleted';
}
