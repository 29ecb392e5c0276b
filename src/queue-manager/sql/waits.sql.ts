/**
 * How long a job waited when it last failed so on this node, a short while ago. On others, what it fills may be another disk.
 * $1 task id, $2 job id, $3 code of the error, $4 node id
 */
export const lastWait = {
  name: 'ocr_last_wait',
  text: `
    SELECT (data ->> 'wait_seconds')::float8 AS seconds FROM ocr_events
    WHERE task_id = $1 AND type IN ('prepare.retrying', 'chunk.retrying', 'merge.retrying')
      AND (data ->> 'job_id')::bigint = $2 AND data -> 'error' ->> 'code' = $3
      AND data ->> 'node_id' = $4 AND created_at > now() - interval '15 minutes'
    ORDER BY id DESC LIMIT 1`,
};
