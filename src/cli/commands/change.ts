import type { ApiClient, Change } from '../api-client.js';
import { oneByOne } from '../one-by-one.js';
import type { Terminal } from '../terminal.js';

/** Pauses, resumes, cancels, retries or deletes tasks. One that refuses does not stop the others. @returns the exit code */
export async function change(
  action: Change | 'delete',
  taskIds: readonly string[],
  client: ApiClient,
  terminal: Terminal,
): Promise<number> {
  return oneByOne(taskIds, terminal, async (taskId) => {
    const status = action === 'delete' ? await remove(taskId, client) : (await client.change(taskId, action)).status;
    terminal.data({ task_id: taskId, status });
    terminal.line(`${taskId}  ${status}`);
  });
}

async function remove(taskId: string, client: ApiClient): Promise<'deleted'> {
  await client.delete(taskId);
  return 'deleted';
}
