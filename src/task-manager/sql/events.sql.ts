/**
 * Appends one event. In the same transaction as the change it tells of, so that a change without its event, or an event
 * without its change, cannot exist.
 * $1 task id, $2 type, $3 data
 */
export const insertEvent = {
  name: 'ocr_insert_event',
  text: `INSERT INTO ocr_events (task_id, type, data) VALUES ($1, $2, $3)`,
};

/** The last event of a task that is deleted, which outlives it for a day. $1 task id */
export const insertFarewell = {
  name: 'ocr_insert_farewell',
  text: `
    WITH told AS (INSERT INTO ocr_events (task_id, type) VALUES ($1, 'task.deleted') RETURNING id)
    INSERT INTO ocr_farewells (event_id) SELECT id FROM told`,
};

/** The newest event id: where a new listener starts. */
export const newestEventId = {
  name: 'ocr_newest_event_id',
  text: `SELECT coalesce(max(id), 0)::text AS id FROM ocr_events`,
};

/**
 * Events after the last one seen, and those whose id was missing then: ids are drawn before their transaction commits, so a
 * smaller id may appear after a larger one. $1 last id seen, $2 missing ids, $3 most rows
 */
export const eventsAfter = {
  name: 'ocr_events_after',
  answerWithin: 5000,
  text: `
    (SELECT id::text, task_id, type, data, created_at FROM ocr_events WHERE id > $1::bigint ORDER BY ocr_events.id LIMIT $3)
    UNION ALL
    (SELECT id::text, task_id, type, data, created_at FROM ocr_events WHERE id = ANY ($2::bigint[]))`,
};
