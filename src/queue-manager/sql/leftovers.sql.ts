/** Which files the pages of a task lie in; no row when the claim no longer stands. $1 task id, $2 job id, $3 claim token */
export const artifactsOfPages = {
  name: 'ocr_artifacts_of_pages',
  text: `
    SELECT page, artifact_key FROM ocr_pages
    WHERE task_id = $1 AND EXISTS (SELECT FROM ocr_jobs WHERE id = $2 AND claim_token = $3)`,
};

/** Leaves the files of tasks to the sweeper where there is no such task (any more). $1 their prefixes, $2 task ids */
export const trashOfLostTasks = {
  name: 'ocr_trash_of_lost_tasks',
  text: `
    INSERT INTO ocr_trash (prefix)
    SELECT prefix FROM unnest($1::text[], $2::uuid[]) AS lost (prefix, task_id)
    WHERE NOT EXISTS (SELECT FROM ocr_tasks WHERE id = lost.task_id)
    ON CONFLICT DO NOTHING`,
};

/** Which of these claims still stand. $1 claim tokens */
export const standingClaims = {
  name: 'ocr_standing_claims',
  text: `SELECT claim_token AS token FROM ocr_jobs WHERE state = 'running' AND claim_token = ANY ($1::uuid[])`,
};

/** Since when files in the store that have no task are taken for lost ones; no row: never. */
export const filesWatchedSince = {
  name: 'ocr_files_watched_since',
  text: `SELECT (value #>> '{}')::timestamptz AS since FROM ocr_settings WHERE name = 'files_watched_since'`,
};
