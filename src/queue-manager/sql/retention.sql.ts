/** Finished tasks past their time. $1 hours kept, $2 most rows */
export const expiredTasks = {
  name: 'ocr_expired_tasks',
  text: `
    SELECT id FROM ocr_tasks
    WHERE status IN ('completed', 'completed_with_errors', 'failed', 'cancelled') AND finished_at < now() - make_interval(secs => $1::float8 * 3600)
    ORDER BY finished_at LIMIT $2`,
};

/**
 * Takes prefixes whose files were deleted a while ago: to be deleted once more, for what a lost node wrote meanwhile. No other node
 * takes them in the next minutes; after that those that were not forgotten have their turn again. $1 most rows
 */
export const takeTrash = {
  name: 'ocr_take_trash',
  text: `
    WITH due AS MATERIALIZED (
      SELECT prefix FROM ocr_trash WHERE created_at < now() - interval '5 minutes'
      ORDER BY created_at LIMIT $1
      FOR UPDATE SKIP LOCKED
    )
    UPDATE ocr_trash SET created_at = now() FROM due WHERE ocr_trash.prefix = due.prefix
    RETURNING ocr_trash.prefix`,
};
/** $1 prefixes */
export const forgetTrash = { name: 'ocr_forget_trash', text: `DELETE FROM ocr_trash WHERE prefix = ANY ($1::text[])` };

/** What outlives its tasks goes too: the last events of deleted ones after a day. */
export const forgetOldEvents = {
  name: 'ocr_forget_old_events',
  text: `
    WITH old AS (DELETE FROM ocr_farewells WHERE created_at < now() - interval '1 day' RETURNING event_id)
    DELETE FROM ocr_events USING old WHERE id = old.event_id`,
};

/** Which of these task ids exist. $1 ids */
export const existingTasks = { name: 'ocr_existing_tasks', text: `SELECT id FROM ocr_tasks WHERE id = ANY ($1::uuid[])` };
