/** How long a job waited when it last failed so. $1 task id, $2 job id, $3 code of the error */
export const lastWait = {
  name: 'ocr_last_wait',
  text: `
    SELECT (data ->> 'wait_seconds')::float8 AS seconds FROM ocr_events
    WHERE task_id = $1 AND type IN ('prepare.retrying', 'chunk.retrying', 'merge.retrying')
      AND (data ->> 'job_id')::bigint = $2 AND data -> 'error' ->> 'code' = $3
    ORDER BY id DESC LIMIT 1`,
};
