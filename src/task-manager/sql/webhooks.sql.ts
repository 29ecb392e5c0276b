/**
 * Where `ocr_settings` has the events that go to the address configured for all tasks, while a process has one: written by those that have it,
 * read by all. The address itself, which may be a secret, stays with them.
 */
export const WEBHOOK_FOR_ALL = 'webhook_for_all';

/** A row while there is an address for all tasks: `value` is the list of events that go there. */
export const eventsForAll = `SELECT value FROM ocr_settings WHERE name = '${WEBHOOK_FOR_ALL}'`;

/** Most failed pages a webhook names; how many there are it tells in any case. */
const FAILED_PAGES_NAMED = 1000;

/** The task at the moment of the event: what is sent later must not tell of what has happened since. */
const SNAPSHOT = `
      jsonb_build_object(
        'name', task.name, 'status', task.status, 'priority', task.priority, 'tenant', task.tenant, 'batch_id', task.batch_id,
        'run', task.run, 'metadata', task.metadata, 'error', task.error, 'results', task.results,
        'page_count', task.page_count, 'pages_total', task.pages_total,
        'pages_done', (SELECT coalesce(sum(pages_done), 0) FROM ocr_jobs WHERE task_id = task.id AND kind = 'chunk'),
        'pages_failed', (SELECT coalesce(sum(pages_failed), 0) FROM ocr_jobs WHERE task_id = task.id AND kind = 'chunk'),
        'failed_pages', (SELECT coalesce(jsonb_agg(error || jsonb_build_object('page', page) ORDER BY page), '[]') FROM (
          SELECT page, error FROM ocr_pages WHERE task_id = task.id AND state = 'failed' ORDER BY page LIMIT ${FAILED_PAGES_NAMED}
        ) AS failed),
        'created_at', task.created_at, 'started_at', task.started_at, 'finished_at', task.finished_at)`;

/**
 * Whom a webhook goes to: the host, and what tells its path from others there, so that one that does not answer holds up none beside it. The
 * path itself may be a secret. However the address looks, this is short: what cannot be indexed would keep the task from its end.
 */
const RECEIVER = `
      left(substring(target.url FROM '^https?://(?:[^/?#]*@)?([^/?#]+)'), 260)
        || '/' || left(md5(coalesce(substring(target.url FROM '^https?://[^/?#]*([^?#]*)'), '')), 8)`;

/**
 * Appends an event of a task as a whole, after the change it tells of and in its transaction, and with it what webhooks are to be sent: to
 * the address the task names, if it names this event, and to the one configured. An event that somebody is told of says so (`webhook`).
 * $1 task id, $2 type, $3 data, $4 an id for what goes to the task's own address, $5 one for the configured
 */
export const insertTaskEvent = {
  name: 'ocr_insert_task_event',
  text: `
    WITH target AS MATERIALIZED (
      SELECT $4::uuid AS id, options ->> 'webhook_url' AS url FROM ocr_tasks
      WHERE ocr_tasks.id = $1 AND options ? 'webhook_url' AND options -> 'webhook_events' ? $2::text
      UNION ALL
      SELECT $5::uuid, NULL FROM (${eventsForAll}) AS for_all WHERE value ? $2::text
    ), told AS (
      INSERT INTO ocr_events (task_id, type, data)
      VALUES ($1, $2, $3::jsonb || CASE WHEN EXISTS (SELECT FROM target) THEN '{"webhook": true}' ELSE '{}' END::jsonb)
      RETURNING id, created_at
    )
    INSERT INTO ocr_webhook_deliveries (id, task_id, event_id, type, receiver, url, created_at, snapshot)
    SELECT target.id, task.id, told.id, $2, CASE WHEN target.url IS NULL THEN '*' ELSE coalesce(${RECEIVER}, '/') END, target.url,
      told.created_at, ${SNAPSHOT}
    FROM target CROSS JOIN told JOIN ocr_tasks task ON task.id = $1`,
};
