/**
 * What a page image was read as, while it is within retention and a task that used it is there; this task uses it from now on.
 * $1 tenant, $2 key, $3 hours kept, $4 task id
 */
export const findReading = {
  name: 'ocr_find_reading',
  text: `
    WITH found AS (
      SELECT tenant, key, reading FROM ocr_page_cache cache
      WHERE tenant = $1 AND key = $2 AND created_at > now() - make_interval(secs => $3::float8 * 3600)
        AND EXISTS (SELECT 1 FROM ocr_page_cache_uses WHERE tenant = cache.tenant AND key = cache.key)
    ), used AS (
      INSERT INTO ocr_page_cache_uses (tenant, key, task_id) SELECT tenant, key, $4 FROM found ON CONFLICT DO NOTHING
    )
    SELECT reading FROM found`,
};

/**
 * Keeps a reading for a task; one that is there already is made new again. Fails as a whole when the task is gone.
 * $1 tenant, $2 key, $3 reading, $4 task id
 */
export const keepReading = {
  name: 'ocr_keep_reading',
  text: `
    WITH kept AS (
      INSERT INTO ocr_page_cache (tenant, key, reading) VALUES ($1, $2, $3)
      ON CONFLICT (tenant, key) DO UPDATE SET reading = EXCLUDED.reading, created_at = EXCLUDED.created_at
    )
    INSERT INTO ocr_page_cache_uses (tenant, key, task_id) VALUES ($1, $2, $4) ON CONFLICT DO NOTHING`,
};

/** Forgets what is too old, and what no task uses any more. $1 hours kept */
export const forgetReadings = {
  name: 'ocr_forget_readings',
  text: `
    DELETE FROM ocr_page_cache cache
    WHERE created_at < now() - make_interval(secs => $1::float8 * 3600)
      OR NOT EXISTS (SELECT 1 FROM ocr_page_cache_uses WHERE tenant = cache.tenant AND key = cache.key)`,
};
