/** Finished tasks past their time. $1 hours kept, $2 most rows */
export const expiredTasks = {
  name: 'ocr_expired_tasks',
  text: `
    SELECT id FROM ocr_tasks
    WHERE status IN ('completed', 'completed_with_errors', 'failed', 'cancelled') AND finished_at < now() - make_interval(secs => $1::float8 * 3600)
    ORDER BY finished_at LIMIT $2`,
};

/** Prefixes whose files were deleted a while ago: deleted once more, for what a lost node wrote meanwhile. $1 most rows */
export const oldTrash = {
  name: 'ocr_old_trash',
  text: `SELECT prefix FROM ocr_trash WHERE created_at < now() - interval '5 minutes' ORDER BY created_at LIMIT $1`,
};
export const forgetTrash = { name: 'ocr_forget_trash', text: `DELETE FROM ocr_trash WHERE prefix = $1` };

/** What outlives its tasks goes too: the last events of deleted ones after a day. */
export const forgetOldEvents = {
  name: 'ocr_forget_old_events',
  text: `
    WITH old AS (DELETE FROM ocr_farewells WHERE created_at < now() - interval '1 day' RETURNING event_id)
    DELETE FROM ocr_events USING old WHERE id = old.event_id`,
};

/** Which of these task ids exist. $1 ids */
export const existingTasks = { name: 'ocr_existing_tasks', text: `SELECT id FROM ocr_tasks WHERE id = ANY ($1::uuid[])` };
