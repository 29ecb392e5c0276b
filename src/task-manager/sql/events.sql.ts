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

/** The newest event id. */
export const newestEventId = {
  name: 'ocr_newest_event_id',
  text: `SELECT coalesce(max(id), 0)::text AS id FROM ocr_events`,
};

/**
 * Where a new listener starts: the newest event id, the ids missing before it that may still come, because they were drawn of late, and the
 * database's time. $1 seconds an id is waited for, $2 most ids looked at
 */
export const tailStart = {
  name: 'ocr_tail_start',
  text: `
    WITH latest AS MATERIALIZED (
      SELECT id, created_at FROM ocr_events ORDER BY id DESC LIMIT $2
    ), bounds AS (
      SELECT coalesce(max(id), 0) AS newest,
        coalesce(max(id) FILTER (WHERE created_at < now() - make_interval(secs => $1)), min(id), 0) AS oldest
      FROM latest
    )
    SELECT newest::text AS id, now() AS now, ARRAY(
      SELECT missing::text FROM generate_series(greatest(oldest, newest - $2::bigint), newest) AS missing
      WHERE NOT EXISTS (SELECT FROM latest WHERE id = missing)
    ) AS missing
    FROM bounds`,
};

/** How many ids before the last one a client saw are looked through for events that were committed after it. */
const LATE_REACH = 10_000;

/** The event a client saw last, or what is left next to it: what it knows is judged by that. `after` is what the client names. */
const SEEN = `
      SELECT id, xact, snapshot, created_at FROM ocr_events WHERE id <= after ORDER BY id DESC LIMIT 1`;

/** How long before the event a client saw last another one's transaction may have begun that had not ended then: they last seconds, and statements half a minute at most. */
const LATE_TIME = `interval '3 minutes'`;

/**
 * Whether `event`, of a smaller id, may have been committed after `seen` was: its transaction had not ended when `seen` was written. One of
 * the same transaction came with it. One of long before is none, whatever its transaction's number says: after a backup was restored on
 * another server, numbers from before are those of a server that had counted further.
 */
const IS_LATE = `event.created_at > seen.created_at - ${LATE_TIME} AND
      CASE WHEN event.xact = seen.xact THEN seen.id <> after ELSE NOT pg_visible_in_snapshot(event.xact, seen.snapshot) END`;

const EVENT_ROW = 'id::text, task_id, type, data, created_at';

/** A task's events after the last one seen, oldest first, and before them those that may have been committed later than it. $1 task id, $2 after, $3 most after it */
export const eventsOf = {
  name: 'ocr_events_of',
  text: `
    (SELECT ${EVENT_ROW} FROM (SELECT $2::bigint AS after) AS asked CROSS JOIN LATERAL (
      SELECT event.* FROM (${SEEN}) AS seen JOIN ocr_events event ON ${IS_LATE}
      WHERE event.task_id = $1 AND event.id <= after AND event.id > after - ${LATE_REACH}
    ) AS late ORDER BY late.id)
    UNION ALL
    (SELECT ${EVENT_ROW} FROM ocr_events WHERE task_id = $1 AND id > $2::bigint ORDER BY ocr_events.id LIMIT $3)`,
};

/**
 * What clients missed that come back together, newest first: the events after the oldest id they name, and those that may have been
 * committed later than what one of them saw last (`late_for`: what such clients name).
 * @param target what else an event must be
 */
const missed = (target: string) => `
    WITH asked AS MATERIALIZED (
      SELECT after, seen.* FROM unnest($1::bigint[]) AS after LEFT JOIN LATERAL (${SEEN}) AS seen ON true
    )
    SELECT ${EVENT_ROW}, ARRAY(
      SELECT after::text FROM asked AS seen WHERE event.id <= after AND event.id > after - ${LATE_REACH} AND ${IS_LATE}
    ) AS late_for
    FROM ocr_events event
    WHERE ${target} AND id > (SELECT min(after) FROM asked) - ${LATE_REACH} AND id <= $2::bigint AND (
      id > (SELECT min(after) FROM asked) OR (
        xact >= (SELECT min(least(pg_snapshot_xmin(snapshot), xact)) FROM asked) AND EXISTS (SELECT FROM asked AS seen WHERE ${IS_LATE})))
    ORDER BY event.id DESC LIMIT $3`;

/** Of one task. $1 ids the clients name, $2 up to, $3 most rows, $4 task id */
export const missedEventsOf = { name: 'ocr_missed_events_of', text: missed('task_id = $4') };

/** Of all tasks. $1 ids the clients name, $2 up to, $3 most rows */
export const missedEvents = { name: 'ocr_missed_events', text: missed('true') };

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
