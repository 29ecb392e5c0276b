import { eventsForAll, WEBHOOK_FOR_ALL } from '../../task-manager/sql/webhooks.sql.js';

/** When a process last said that there is an address for all tasks. */
export const readForAll = {
  name: 'ocr_read_webhook_for_all',
  text: `SELECT updated_at::text AS said_at FROM ocr_settings WHERE name = '${WEBHOOK_FOR_ALL}'`,
};

/** Says that there is an address for all tasks. Gives what was said before, if anything. $1 events that go there, as JSON */
export const sayForAll = {
  name: 'ocr_say_webhook_for_all',
  text: `
    WITH before AS (${eventsForAll}), said AS (
      INSERT INTO ocr_settings (name, value) VALUES ('${WEBHOOK_FOR_ALL}', $1::jsonb)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()
    )
    SELECT value AS events FROM before`,
};

/** Nobody has said so since. $1 `said_at` */
export const forgetForAll = {
  name: 'ocr_forget_webhook_for_all',
  text: `DELETE FROM ocr_settings WHERE name = '${WEBHOOK_FOR_ALL}' AND updated_at = $1::text::timestamptz`,
};
