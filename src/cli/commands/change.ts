import { EXIT } from '../../exit-codes.js';
import type { ApiClient, Change } from '../api-client.js';
import { CliError } from '../errors.js';
import type { Terminal } from '../terminal.js';

/** Pauses, resumes, cancels, retries or deletes tasks. One that refuses does not stop the others. @returns the exit code */
export async function change(
  action: Change | 'delete',
  taskIds: readonly string[],
  client: ApiClient,
  terminal: Terminal,
): Promise<number> {
  let code: number = EXIT.ok;
  for (const taskId of taskIds) {
    try {
      const status = action === 'delete' ? await remove(taskId, client) : (await client.change(taskId, action)).status;
      terminal.data({ task_id: taskId, status });
      terminal.line(`${taskId}  ${status}`);
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode === EXIT.unavailable) throw error;
      terminal.fail(error, taskId);
      code = error.exitCode;
    }
  }
  return code;
}

async function remove(taskId: string, client: ApiClient): Promise<'deleted'> {
  await client.delete(taskId);
  return 'deleted';
}
