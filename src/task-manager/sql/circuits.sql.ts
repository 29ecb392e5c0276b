/** The circuits as they stand. */
export const readCircuits = {
  name: 'ocr_read_circuits',
  text: `SELECT provider, failures, coalesce(open_until > now(), false) AS open, open_until, error FROM ocr_circuits`,
};

/**
 * Counts a failure of a provider in a row of failures; at the limit its circuit opens, twice as long each time it opens
 * without a success between. $1 provider, $2 failures that open it, $3 seconds of the first opening, $4 most seconds,
 * $5 seconds the provider asked for, $6 error
 */
export const countFailure = {
  name: 'ocr_count_failure',
  text: `
    INSERT INTO ocr_circuits AS circuit (provider, failures, error) VALUES ($1, 1, $6)
    ON CONFLICT (provider) DO UPDATE SET
      failures = circuit.failures + 1,
      error = $6,
      updated_at = now(),
      openings = circuit.openings + CASE WHEN ${opens()} THEN 1 ELSE 0 END,
      open_until = CASE WHEN ${opens()}
        THEN now() + make_interval(secs => greatest($5::float8, least($4::float8, $3::float8 * 2 ^ least(circuit.openings, 20))))
        ELSE circuit.open_until END
    RETURNING failures, coalesce(open_until > now(), false) AS open`,
};

function opens(): string {
  return `circuit.failures + 1 >= $2 AND coalesce(circuit.open_until <= now(), true)`;
}

/** A success closes the circuit and forgets its failures. $1 provider */
export const closeCircuit = { name: 'ocr_close_circuit', text: `DELETE FROM ocr_circuits WHERE provider = $1` };

/**
 * Whether a task is held: the circuit of its provider is open, and no other may stand in.
 * @param options where the statement finds the task's options
 */
export const isHeld = (options: string) => `
  (coalesce(jsonb_array_length(${options} -> 'provider_fallback'), 0) = 0
    AND EXISTS (SELECT 1 FROM ocr_circuits WHERE provider = ${options} ->> 'ocr_provider' AND open_until > now()))`;

/** Holds a task, or lets it go, as its provider's circuit stands: for a change that has an event of its own. $1 task id */
export const holdIfDown = {
  name: 'ocr_hold_if_down',
  text: `UPDATE ocr_tasks SET held = ${isHeld('options')} WHERE id = $1`,
};

/**
 * Changes many tasks, and tells of those on which work has begun: for their watchers it stops, or goes on. A backlog of a hundred thousand
 * is held and let go every few minutes for as long as its provider is away: events of all of these would be more than all others, and say
 * of a task that waits only that it does. One row: how many were changed, and of how many is told.
 * @param changed the UPDATE, without what it returns
 * @param event its type and its data
 */
const changeAndTell = (changed: string, event: string) => `
    WITH changed AS (${changed}
      RETURNING id, status, started_at, options ->> 'ocr_provider' AS provider
    ), told AS (
      INSERT INTO ocr_events (task_id, type, data)
      SELECT id, ${event} FROM changed LEFT JOIN ocr_circuits circuit USING (provider) WHERE started_at IS NOT NULL
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM changed)::int AS changed, (SELECT count(*) FROM told)::int AS told`;

/** What {@link holdTasks} and {@link releaseTasks} did. */
export interface HoldRow {
  changed: number;
  told: number;
}

/**
 * Holds the open tasks of a provider that no other may stand in for, as long as they have pages for it: a merge goes on without it.
 * $1 provider, $2 most rows. A {@link HoldRow}
 */
export const holdTasks = {
  name: 'ocr_hold_tasks',
  text: changeAndTell(
    `
      UPDATE ocr_tasks SET held = true, updated_at = now() WHERE id IN (
        SELECT id FROM ocr_tasks
        WHERE status IN ('queued', 'running') AND NOT held AND options ->> 'ocr_provider' = $1
          AND coalesce(jsonb_array_length(options -> 'provider_fallback'), 0) = 0
          AND EXISTS (SELECT 1 FROM ocr_jobs
            WHERE task_id = ocr_tasks.id AND kind <> 'merge' AND state IN ('waiting', 'running'))
        LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)`,
    `'task.held', jsonb_build_object('status', status, 'provider', provider, 'error', circuit.error,
        'until', to_char(circuit.open_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`,
  ),
};

/** Lets go of held tasks whose provider's circuit is not open any more. $1 most rows. A {@link HoldRow} */
export const releaseTasks = {
  name: 'ocr_release_tasks',
  text: changeAndTell(
    `
      UPDATE ocr_tasks SET held = false, updated_at = now() WHERE id IN (
        SELECT id FROM ocr_tasks
        WHERE status IN ('queued', 'running') AND held
          AND NOT EXISTS (SELECT 1 FROM ocr_circuits WHERE provider = options ->> 'ocr_provider' AND open_until > now())
        LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)`,
    `'task.released', jsonb_build_object('status', status, 'provider', provider)`,
  ),
};
