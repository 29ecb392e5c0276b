/** Which files the pages of a task lie in; no row when the claim no longer stands. $1 task id, $2 job id, $3 claim token */
export const artifactsOfPages = {
  name: 'ocr_artifacts_of_pages',
  text: `
    SELECT page, artifact_key FROM ocr_pages
    WHERE task_id = $1 AND EXISTS (SELECT FROM ocr_jobs WHERE id = $2 AND claim_token = $3)`,
};

/** Leaves a task's files to the sweeper if a crash of the database took the task itself. $1 their prefix, $2 task id */
export const trashOfLostTask = {
  name: 'ocr_trash_of_lost_task',
  text: `INSERT INTO ocr_trash (prefix) SELECT $1 WHERE NOT EXISTS (SELECT FROM ocr_tasks WHERE id = $2) ON CONFLICT DO NOTHING`,
};

/** Which of these claims still stand. $1 claim tokens */
export const standingClaims = {
  name: 'ocr_standing_claims',
  text: `SELECT claim_token AS token FROM ocr_jobs WHERE state = 'running' AND claim_token = ANY ($1::uuid[])`,
};
