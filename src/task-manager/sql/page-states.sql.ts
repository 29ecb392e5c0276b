/** What is known of the finished pages of a task, in page order. $1 task id */
export const pagesOfTask = {
  name: 'ocr_pages_of_task',
  text: `
    SELECT page, state, source, confidence, words, duration_ms, provider, attempt, error
    FROM ocr_pages WHERE task_id = $1 ORDER BY page`,
};

/** The page ranges of a task that are being worked on. $1 task id */
export const rangesAtWork = {
  name: 'ocr_ranges_at_work',
  text: `SELECT first_page AS first, last_page AS last FROM ocr_jobs WHERE task_id = $1 AND state = 'running' AND kind = 'chunk'`,
};

/** Where the PDF of a task lies, and what opens it, as far as that is still kept. $1 task id */
export const documentOfTask = {
  name: 'ocr_document_of_task',
  text: `SELECT document_key, page_count, options, secrets ->> 'password' AS password FROM ocr_tasks WHERE id = $1`,
};
