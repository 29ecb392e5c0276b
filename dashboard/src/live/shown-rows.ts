import { fetchTasksById } from '~/api/queries';
import { queryClient } from '~/app/query-client';
import { TaskRows } from './task-rows';

/** The rows of the page's lists. */
export const taskRows = new TaskRows(queryClient, fetchTasksById);
