import { SUSPECTED_FROM } from '../../task-manager/claim.js';
import { openTasks } from '../../task-manager/sql/open-tasks.js';

/**
 * The running jobs whose node has no valid lease: what the rescuer puts back. Without those that are locked: a node that was stopped while it
 * settled one is let go of by the server later. $1 most rows
 */
export const stalledJobs = {
  name: 'ocr_stalled_jobs',
  text: `
    SELECT job.id AS job_id, job.claim_token AS token, job.node_id, job.kind, job.position, job.first_page, job.last_page,
      job.attempt, task.id AS task_id, task.run, task.name, task.source, task.options, task.secrets, task.document_key,
      task.page_count, task.tenant, job.stalls
    FROM ocr_jobs job JOIN ocr_tasks task ON task.id = job.task_id
    WHERE job.state = 'running'
      AND NOT EXISTS (SELECT 1 FROM ocr_nodes node WHERE node.id = job.node_id AND node.lease_until > now())
    LIMIT $1
    FOR NO KEY UPDATE OF job SKIP LOCKED`,
};

/** What the database says a node holds, and whether the task may be worked on. $1 node id */
export const heldJobs = {
  name: 'ocr_held_jobs',
  text: `
    SELECT job.id AS job_id, job.claim_token AS token, task.status IN ('queued', 'running') AS wanted
    FROM ocr_jobs job JOIN ocr_tasks task ON task.id = job.task_id
    WHERE job.state = 'running' AND job.node_id = $1`,
};

/** Whether a job waits in the open tasks that is suspected to take nodes down. $1 max_concurrent_tasks */
export const suspectsWait = {
  name: 'ocr_suspects_wait',
  text: `
    SELECT EXISTS (
      SELECT FROM (${openTasks('id', '$1')}) AS open_task JOIN ocr_jobs job ON job.task_id = open_task.id
      WHERE job.state = 'waiting' AND job.run_at <= now() AND job.stalls >= ${SUSPECTED_FROM}
    ) AS wait`,
};
