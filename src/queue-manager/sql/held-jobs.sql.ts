/** The running jobs whose node has no valid lease: what the rescuer puts back. $1 most rows */
export const stalledJobs = {
  name: 'ocr_stalled_jobs',
  text: `
    SELECT job.id AS job_id, job.claim_token AS token, job.node_id, job.kind, job.position, job.first_page, job.last_page,
      job.attempt, task.id AS task_id, task.run, task.name, task.source, task.options, task.secrets, task.document_key,
      task.page_count, task.tenant, job.stalls
    FROM ocr_jobs job JOIN ocr_tasks task ON task.id = job.task_id
    WHERE job.state = 'running'
      AND NOT EXISTS (SELECT 1 FROM ocr_nodes node WHERE node.id = job.node_id AND node.lease_until > now())
    LIMIT $1`,
};

/** What the database says a node holds, and whether the task may be worked on. $1 node id */
export const heldJobs = {
  name: 'ocr_held_jobs',
  text: `
    SELECT job.id AS job_id, job.claim_token AS token, task.status IN ('queued', 'running') AS wanted
    FROM ocr_jobs job JOIN ocr_tasks task ON task.id = job.task_id
    WHERE job.state = 'running' AND job.node_id = $1`,
};
