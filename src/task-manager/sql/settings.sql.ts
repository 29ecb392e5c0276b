/** The settings that were changed while running. */
export const readLiveSettings = { name: 'ocr_read_live_settings', text: `SELECT name, value FROM ocr_settings` };

/** $1 name, $2 value as JSON */
export const writeLiveSetting = {
  name: 'ocr_write_live_setting',
  text: `INSERT INTO ocr_settings (name, value) VALUES ($1, $2::jsonb)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()`,
};

/** $1 name */
export const clearLiveSetting = { name: 'ocr_clear_live_setting', text: `DELETE FROM ocr_settings WHERE name = $1` };
