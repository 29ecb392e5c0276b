/** How long a task's results waited when there was last no room for them at the place asked for. $1 task id */
export const lastOutputWait = {
  name: 'ocr_last_output_wait',
  text: `
    SELECT (data ->> 'wait_seconds')::float8 AS seconds FROM ocr_events
    WHERE task_id = $1 AND type = 'merge.retrying' AND data -> 'error' ->> 'code' = 'output_full'
    ORDER BY id DESC LIMIT 1`,
};
