/** Tasks that are worked on: the only ones whose pages can move. $1 most rows */
export const runningTasks = {
  name: 'ocr_live_running_tasks',
  text: `SELECT id FROM ocr_tasks WHERE status = 'running' LIMIT $1`,
};

/** The unfinished tasks, in the order they are worked on; paused ones last. $1 most rows */
export const unfinishedTasks = {
  name: 'ocr_live_unfinished_tasks',
  text: `
    (SELECT id FROM ocr_tasks WHERE status = 'running' ORDER BY sort_key, id LIMIT $1)
    UNION ALL
    (SELECT id FROM ocr_tasks WHERE status = 'queued' ORDER BY sort_key, id LIMIT $1)
    UNION ALL
    (SELECT id FROM ocr_tasks WHERE status = 'paused' ORDER BY id LIMIT $1)
    LIMIT $1`,
};

/** The newest events of one task between two ids, newest first. $1 task id, $2 after, $3 up to, $4 most rows */
export const missedEventsOf = {
  name: 'ocr_live_missed_events_of',
  text: `SELECT id::text, task_id, type, data, created_at FROM ocr_events
         WHERE task_id = $1 AND id > $2::bigint AND id <= $3::bigint ORDER BY ocr_events.id DESC LIMIT $4`,
};

/** The same of all tasks. $1 after, $2 up to, $3 most rows */
export const missedEvents = {
  name: 'ocr_live_missed_events',
  text: `SELECT id::text, task_id, type, data, created_at FROM ocr_events
         WHERE id > $1::bigint AND id <= $2::bigint ORDER BY ocr_events.id DESC LIMIT $3`,
};
