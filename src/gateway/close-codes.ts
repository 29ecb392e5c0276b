/** Why the server closes a plain WebSocket. 4000 to 4999 are ours; the last three digits follow HTTP where it has a word for it. */
export const CLOSE_CODES = {
  going_away: 1001,
  try_again_later: 1013,
  too_slow: 4008,
  bad_request: 4400,
  unauthorized: 4401,
  task_not_found: 4404,
} as const;
