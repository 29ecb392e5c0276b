import type { Settings } from '../config/settings.js';

/**
 * What a run of its own takes back from environment and configuration file: where a server keeps things and for how long, whom
 * it tells and whom it lets in. How documents are read (engines, languages, limits of size, times) follows into the run.
 */
export const PRIVATE_SETTINGS = {
  // Its database, store and folders; the pool is sized for that database.
  database_url: null,
  database_pool_size: null,
  store_url: null,
  s3_access_key_id: null,
  s3_secret_access_key: null,
  input_roots: null,
  output_roots: null,
  // Its queue: documents of one command are no crowd, and none may be gone before its results are fetched.
  max_queued_tasks: null,
  completed_task_retention: null,
  // Those it tells, and those it answers.
  webhook_url: null,
  webhook_secret: null,
  webhook_allow_private: null,
  cors_origins: null,
  trust_proxy: null,
} satisfies Partial<Record<keyof Settings, null>>;
