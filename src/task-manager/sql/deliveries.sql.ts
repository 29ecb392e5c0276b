/** Which of these files a task has put there. $1 task id, $2 paths */
export const deliveredBy = {
  name: 'ocr_delivered_by',
  text: `SELECT path FROM ocr_deliveries WHERE task_id = $1 AND path = ANY ($2::text[])`,
};

/** Notes that a task puts these files there; paths of tasks that may still do so stay theirs. $1 task id, $2 paths, $3 statuses of ended tasks */
export const noteDelivery = {
  name: 'ocr_note_delivery',
  text: `
    INSERT INTO ocr_deliveries AS noted (path, task_id) SELECT path, $1 FROM unnest($2::text[]) AS path ORDER BY path
    ON CONFLICT (path) DO UPDATE SET task_id = excluded.task_id
    WHERE noted.task_id = excluded.task_id
      OR EXISTS (SELECT FROM ocr_tasks WHERE id = noted.task_id AND status = ANY ($3::text[]))
    RETURNING path`,
};
