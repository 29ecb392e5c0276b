/**
 * Moves a tenant's virtual finish on by the cost of one task, and tells where it stood: how far the task's place is put back
 * so that a tenant with much in the queue does not stand before one with little. $1 tenant, $2 now in ms, $3 cost in ms
 */
export const takeFairTurn = {
  name: 'ocr_take_fair_turn',
  text: `
    INSERT INTO ocr_tenants AS known (tenant, virtual_finish) VALUES ($1, $2::bigint + $3::bigint)
    ON CONFLICT (tenant) DO UPDATE SET virtual_finish = greatest(known.virtual_finish, $2::bigint) + $3::bigint
    RETURNING greatest(virtual_finish - $3::bigint - $2::bigint, 0) AS delay`,
};

/** Forgets tenants whose turn has long come: a new row begins where theirs would. $1 now in ms */
export const forgetIdleTenants = {
  name: 'ocr_forget_idle_tenants',
  text: `DELETE FROM ocr_tenants WHERE virtual_finish < $1::bigint - 3600000`,
};
