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
