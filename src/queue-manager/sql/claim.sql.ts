/**
 * Takes the next jobs of the queue for a node.
 *
 * Two steps: the open tasks (the first `max_concurrent_tasks` by sort key that have work due), then their jobs in order,
 * skipping those another claim holds. The cost does not grow with what waits behind: both are short scans of partial
 * indexes. The claim does not wait for the disk: one that is lost with the server was never made, the job still waits, and
 * what its node writes later is refused, because the token is not there. The live setting, when there is one, goes before the configured value.
 * $1 node id, $2 claim tokens (as many as jobs wanted), $3 kinds, $4 max_concurrent_tasks
 */
export const claimJobs = {
  name: 'ocr_claim_jobs',
  text: `
    WITH lazily AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true)
    ), open_task AS MATERIALIZED (
      SELECT id FROM ocr_tasks, lazily
      WHERE status IN ('queued', 'running') AND NOT held AND ready_at <= now()
      ORDER BY sort_key, id
      LIMIT coalesce((SELECT (value #>> '{}')::int FROM ocr_settings WHERE name = 'max_concurrent_tasks'), $4::int)
    ), next AS MATERIALIZED (
      SELECT job.id, row_number() OVER () AS n
      FROM open_task CROSS JOIN LATERAL (
        SELECT id FROM ocr_jobs
        WHERE task_id = open_task.id AND state = 'waiting' AND run_at <= now() AND kind = ANY ($3::text[])
        ORDER BY position
        LIMIT cardinality($2::uuid[])
        FOR NO KEY UPDATE SKIP LOCKED
      ) AS job
      LIMIT cardinality($2::uuid[])
    ), claimed AS (
      UPDATE ocr_jobs SET state = 'running', node_id = $1, claim_token = ($2::uuid[])[next.n], attempt = attempt + 1,
        started_at = clock_timestamp(), finished_at = NULL
      FROM next WHERE ocr_jobs.id = next.id
      RETURNING ocr_jobs.*
    ), started AS (
      UPDATE ocr_tasks SET status = 'running', started_at = coalesce(started_at, now()), updated_at = now()
      WHERE id IN (SELECT task_id FROM claimed) AND status = 'queued'
      RETURNING id
    ), told AS (
      INSERT INTO ocr_events (task_id, type, data)
      SELECT id, 'task.started', '{"status": "running"}' FROM started
      UNION ALL
      SELECT task_id, kind || '.started', jsonb_strip_nulls(jsonb_build_object(
        'job_id', id, 'attempt', attempt, 'node_id', node_id, 'first_page', first_page, 'last_page', last_page))
      FROM claimed
    )
    SELECT claimed.id AS job_id, claimed.claim_token AS token, claimed.node_id, claimed.kind, claimed.position, claimed.first_page,
      claimed.last_page, claimed.attempt, task.id AS task_id, task.run, task.name, task.source, task.options, task.secrets,
      task.document_key, task.page_count, task.tenant, claimed.stalls
    FROM claimed JOIN ocr_tasks task ON task.id = claimed.task_id`,
};

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
