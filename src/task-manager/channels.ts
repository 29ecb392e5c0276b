/**
 * The NOTIFY channels. A notification only says "look": what is to be seen stands in the tables, and polling finds it too.
 * `jobs`: there may be work to claim. `events`: `ocr_events` grew. `progress`: pages were finished; items are task ids.
 * `settings`: a live setting was changed. `readings`: one was asked for, or has ended.
 */
export const CHANNELS = {
  jobs: 'ocr_jobs',
  events: 'ocr_events',
  progress: 'ocr_progress',
  settings: 'ocr_settings',
  readings: 'ocr_readings',
} as const;
