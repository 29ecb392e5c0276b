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

/** The newest event id, and the database's time: where a new listener starts. */
export const newestEventId = {
  name: 'ocr_newest_event_id',
  text: `SELECT coalesce(max(id), 0)::text AS id, now() AS now FROM ocr_events`,
};

/**
 * The first event, by id, of those that bear an id already told of and came later than what was told: null as long as the database was not lost.
 * Events are not waited for on the disk; with those a crash takes, their ids are given once more. $1 last id told of, $2 when what was told last came
 */
export const firstToldAnew = {
  name: 'ocr_first_event_told_anew',
  text: `SELECT min(id)::text AS id FROM ocr_events
    WHERE id > $1::bigint - 10000 AND id <= $1::bigint AND created_at > $2::timestamptz + interval '1 ms'`,
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
