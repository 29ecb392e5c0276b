import { eventsForAll, WEBHOOK_FOR_ALL } from '../../task-manager/sql/webhooks.sql.js';

/** What processes have said of the address for all tasks. */
export const readForAll = { name: 'ocr_read_webhook_for_all', text: eventsForAll };

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

/** Nobody has said for so long that there is an address for all tasks. $1 seconds */
export const forgetForAll = {
  name: 'ocr_forget_webhook_for_all',
  text: `DELETE FROM ocr_settings WHERE name = '${WEBHOOK_FOR_ALL}' AND updated_at < now() - make_interval(secs => $1)`,
};
