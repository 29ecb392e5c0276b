/** Which files the pages of a task lie in. $1 task id */
export const artifactsOfPages = {
  name: 'ocr_artifacts_of_pages',
  text: `SELECT page, artifact_key FROM ocr_pages WHERE task_id = $1`,
};

/** Which of these claims still stand. $1 claim tokens */
export const standingClaims = {
  name: 'ocr_standing_claims',
  text: `SELECT claim_token AS token FROM ocr_jobs WHERE state = 'running' AND claim_token = ANY ($1::uuid[])`,
};
