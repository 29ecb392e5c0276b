/**
 * Whom something waits for, a number of receivers at a time in the order of their names: each is found by a step in the index, however
 * much waits for the one before. `due` where something is to be sent now. $1 the receiver looked at last, $2 most receivers,
 * $3 whether this node knows the address configured for all tasks
 */
export const waitingReceivers = {
  name: 'ocr_waiting_webhook_receivers',
  text: `
    WITH RECURSIVE waiting (receiver, place) AS (
      (SELECT receiver, 1 FROM ocr_webhook_deliveries WHERE state = 'waiting' AND receiver > $1 ORDER BY receiver LIMIT 1)
      UNION ALL
      SELECT next.receiver, place + 1 FROM waiting CROSS JOIN LATERAL (
        SELECT delivery.receiver FROM ocr_webhook_deliveries delivery
        WHERE delivery.state = 'waiting' AND delivery.receiver > waiting.receiver ORDER BY delivery.receiver LIMIT 1
      ) AS next
      WHERE place < $2
    )
    SELECT receiver, (receiver <> '*' OR $3::boolean) AND EXISTS (
      SELECT FROM ocr_webhook_deliveries delivery
      WHERE delivery.state = 'waiting' AND delivery.receiver = waiting.receiver AND next_attempt_at <= now()
    ) AS due
    FROM waiting ORDER BY receiver`,
};

/**
 * Takes what is due for these receivers, the longest due first. Nobody else takes it until the lease is over: then the node that
 * sent it is believed lost, and it is due again. $1 receivers, $2 how many for each, $3 how many in all, $4 claim token, $5 seconds of the lease
 */
export const claimDeliveries = {
  name: 'ocr_claim_webhook_deliveries',
  text: `
    WITH due AS MATERIALIZED (
      SELECT delivery.id FROM unnest($1::text[], $2::int[]) AS room (receiver, places) CROSS JOIN LATERAL (
        SELECT id FROM ocr_webhook_deliveries
        WHERE state = 'waiting' AND receiver = room.receiver AND next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT room.places
        FOR NO KEY UPDATE SKIP LOCKED
      ) AS delivery
      LIMIT $3
    )
    UPDATE ocr_webhook_deliveries AS delivery SET claim_token = $4, attempts = attempts + 1, last_attempt_at = now(),
      next_attempt_at = now() + make_interval(secs => $5)
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.id, task_id, event_id::text, type, receiver, url, snapshot, attempts, created_at, claim_token AS token`,
};

/** The receiver took it. $1 id, $2 claim token, $3 HTTP status */
export const delivered = {
  name: 'ocr_webhook_delivered',
  text: `
    UPDATE ocr_webhook_deliveries SET state = 'delivered', claim_token = NULL, last_status = $3, error = NULL, ended_at = now()
    WHERE id = $1 AND claim_token = $2 AND state = 'waiting'
    RETURNING state`,
};

/**
 * The receiver did not take it: it is tried again in a while, or given up, for good or because its time would be over by then.
 * $1 id, $2 claim token, $3 HTTP status or null, $4 error, $5 seconds until the next attempt or null, $6 hours it is tried
 */
export const notDelivered = {
  name: 'ocr_webhook_not_delivered',
  text: `
    UPDATE ocr_webhook_deliveries SET claim_token = NULL, last_status = $3, error = $4, (state, next_attempt_at, ended_at) = (
      SELECT CASE WHEN again THEN 'waiting' ELSE 'failed' END, coalesce(moment, now()), CASE WHEN again THEN NULL ELSE now() END
      FROM (SELECT now() + make_interval(secs => $5::float8) AS moment) AS next CROSS JOIN LATERAL (
        SELECT coalesce(moment <= waiting_since + make_interval(secs => $6::float8 * 3600), false) AS again) AS decided)
    WHERE id = $1 AND claim_token = $2 AND state = 'waiting'
    RETURNING state`,
};

/** A node that stops did not get to the end of it: the attempt does not count. $1 id, $2 claim token */
export const giveBackDelivery = {
  name: 'ocr_give_back_webhook_delivery',
  text: `
    UPDATE ocr_webhook_deliveries SET claim_token = NULL, attempts = attempts - 1, next_attempt_at = now()
    WHERE id = $1 AND claim_token = $2 AND state = 'waiting'`,
};

/** Seconds what was never tried waits longer before it is given up: nobody may have been there to send it. */
const UNTRIED = 86_400;

/**
 * Gives up what has been due for too long, a minute more than it is tried: its receiver has not been well. What was never tried has a day more.
 * $1 hours it is tried, $2 error for what was never tried, $3 most rows
 */
export const giveUpOverdue = {
  name: 'ocr_give_up_overdue_webhooks',
  text: `
    UPDATE ocr_webhook_deliveries SET state = 'failed', claim_token = NULL, error = coalesce(error, $2), ended_at = now()
    WHERE id IN (
      SELECT id FROM ocr_webhook_deliveries
      WHERE state = 'waiting' AND waiting_since < now() - make_interval(secs => $1::float8 * 3600 + 60) AND next_attempt_at <= now()
        AND (attempts > 0 OR waiting_since < now() - make_interval(secs => $1::float8 * 3600 + ${UNTRIED}))
      ORDER BY waiting_since LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id, task_id, type, receiver`,
};

const SHOWN = `id, task_id, event_id::text, type, url, state, attempts, next_attempt_at, last_attempt_at, last_status, error, created_at, ended_at`;

/** What was, or is to be, sent of a task, oldest first. $1 task id, $2 after this id, $3 most rows */
export const deliveriesOf = {
  name: 'ocr_webhook_deliveries_of',
  text: `SELECT ${SHOWN} FROM ocr_webhook_deliveries WHERE task_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
};

/** Sends it once more, as if for the first time. One that is being sent, or waits its turn, keeps its claim. $1 task id, $2 id */
export const redeliver = {
  name: 'ocr_redeliver_webhook',
  text: `
    UPDATE ocr_webhook_deliveries SET state = 'waiting', ended_at = NULL, waiting_since = now(),
      attempts = CASE WHEN claim_token IS NULL THEN 0 ELSE attempts END,
      next_attempt_at = CASE WHEN claim_token IS NULL THEN now() ELSE next_attempt_at END
    WHERE task_id = $1 AND id = $2
    RETURNING ${SHOWN}`,
};
