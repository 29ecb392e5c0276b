import { WORKER_SEEN_AT } from '../../task-manager/sql/attention.sql.js';

/**
 * Removes nodes, and keeps until when the last of them that read pages was there.
 * @param which condition on `node`
 */
const forget = (which: string) => `
    WITH gone AS (
      DELETE FROM ocr_nodes node WHERE ${which} RETURNING roles, least(lease_until, now()) AS seen_at
    )
    INSERT INTO ocr_settings AS known (name, value)
    SELECT '${WORKER_SEEN_AT}', to_jsonb(max(seen_at)) FROM gone WHERE roles @> '["worker"]' HAVING count(*) > 0
    ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, updated_at = now()
    WHERE (known.value #>> '{}')::timestamptz < (EXCLUDED.value #>> '{}')::timestamptz`;

/** $1 id, $2 name, $3 pid, $4 roles, $5 version, $6 slots, $7 lease in seconds */
export const registerNode = {
  name: 'ocr_register_node',
  text: `INSERT INTO ocr_nodes (id, name, pid, roles, version, slots, lease_until)
         VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))`,
};

/** Renews a lease that has not run out; no row means the node is taken for lost. $1 id, $2 load, $3 lease in seconds */
export const renewLease = {
  name: 'ocr_renew_lease',
  text: `UPDATE ocr_nodes SET heartbeat_at = now(), load = $2, lease_until = now() + make_interval(secs => $3)
         WHERE id = $1 AND lease_until > now()`,
};

/** $1 id */
export const removeNode = { name: 'ocr_remove_node', text: forget('id = $1') };

/** Forgets nodes that are gone and hold nothing any more. */
export const removeLostNodes = {
  name: 'ocr_remove_lost_nodes',
  text: forget(`lease_until < now() - interval '10 seconds'
        AND NOT EXISTS (SELECT 1 FROM ocr_jobs WHERE state = 'running' AND node_id = node.id)`),
};
