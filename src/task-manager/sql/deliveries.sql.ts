/** Which of these files a task has put there, and what they may look like. $1 task id, $2 paths */
export const deliveredBy = {
  name: 'ocr_delivered_by',
  text: `SELECT path, stamps FROM ocr_deliveries WHERE task_id = $1 AND path = ANY ($2::text[])`,
};

/** Earlier looks of a file that count on: one for each attempt at a delivery that comes to nothing, as many as there are in all likelihood. */
const EARLIER = 8;

/**
 * Notes that a task puts these files there. What it put there before counts on, for when it does not come to it. Paths of tasks that may
 * still write there stay theirs. $1 task id, $2 paths, $3 stamps, $4 statuses of tasks that write no more, $5 whatever task had noted them
 */
export const noteDelivery = {
  name: 'ocr_note_delivery',
  text: `
    INSERT INTO ocr_deliveries AS noted (path, task_id, stamps)
    SELECT path, $1, ARRAY[stamp] FROM unnest($2::text[], $3::text[]) AS file (path, stamp) ORDER BY path
    ON CONFLICT (path) DO UPDATE SET task_id = excluded.task_id,
      stamps = excluded.stamps || CASE WHEN noted.task_id = excluded.task_id THEN noted.stamps[1:${EARLIER}] ELSE '{}' END
    WHERE $5 OR noted.task_id = excluded.task_id
      OR EXISTS (SELECT FROM ocr_tasks WHERE id = noted.task_id AND status = ANY ($4::text[]))
    RETURNING path`,
};
