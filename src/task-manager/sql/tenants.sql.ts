/** The database's time in milliseconds. */
const NOW = '(extract(epoch FROM now()) * 1000)::bigint';

/**
 * Moves a tenant's virtual finish on by the cost of its new tasks, and tells where it stood: how far the first one's place is put back so that
 * a tenant with much in the queue does not stand before one with little. `is_doubtful` when what it has unfinished was not counted of late.
 * Locks the tenant until the transaction ends. $1 tenant, $2 cost of the tasks in ms, $3 seconds a count is good for
 */
export const takeFairTurns = {
  name: 'ocr_take_fair_turns',
  text: `
    INSERT INTO ocr_tenants AS known (tenant, virtual_finish) VALUES ($1, ${NOW} + $2::bigint)
    ON CONFLICT (tenant) DO UPDATE SET virtual_finish = greatest(known.virtual_finish, ${NOW}) + $2::bigint
    RETURNING greatest(virtual_finish - $2::bigint - ${NOW}, 0) AS delay, counted_at < now() - make_interval(secs => $3) AS is_doubtful`,
};

/**
 * Brings turns just taken forward to where they stand for what the tenant has unfinished: what is done puts nobody back. Whoever has that
 * many unfinished stays where it is. $1 tenant, $2 cost of the tasks in ms, $3 cost of one, $4 most counted
 */
export const recountBacklog = {
  name: 'ocr_recount_backlog',
  text: `
    UPDATE ocr_tenants SET counted_at = now(), virtual_finish = CASE
      WHEN backlog.count < $4 THEN least(virtual_finish, ${NOW} + backlog.count * $3::bigint + $2::bigint)
      ELSE virtual_finish END
    FROM (
      SELECT count(*) FROM (
        SELECT FROM ocr_tasks WHERE tenant = $1 AND tenant <> '' AND status IN ('queued', 'running', 'paused') LIMIT $4
      ) AS unfinished
    ) AS backlog
    WHERE tenant = $1
    RETURNING greatest(virtual_finish - $2::bigint - ${NOW}, 0) AS delay`,
};

/** Forgets tenants whose turn has long come: a new row begins where theirs would. */
export const forgetIdleTenants = {
  name: 'ocr_forget_idle_tenants',
  text: `DELETE FROM ocr_tenants WHERE virtual_finish < ${NOW} - 3600000`,
};
