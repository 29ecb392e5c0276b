/** What a page image was read as, while it is within retention. $1 tenant, $2 key, $3 hours kept */
export const findReading = {
  name: 'ocr_find_reading',
  text: `SELECT reading FROM ocr_page_cache WHERE tenant = $1 AND key = $2 AND created_at > now() - make_interval(secs => $3::float8 * 3600)`,
};

/** Keeps a reading; one that is there already is made new again. $1 tenant, $2 key, $3 reading */
export const keepReading = {
  name: 'ocr_keep_reading',
  text: `
    INSERT INTO ocr_page_cache (tenant, key, reading) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, key) DO UPDATE SET reading = EXCLUDED.reading, created_at = EXCLUDED.created_at`,
};

/** $1 hours kept */
export const forgetReadings = {
  name: 'ocr_forget_readings',
  text: `DELETE FROM ocr_page_cache WHERE created_at < now() - make_interval(secs => $1::float8 * 3600)`,
};
