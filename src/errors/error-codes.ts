/** Where in a document's way an error arose. */
export type ErrorPhase = 'request' | 'input' | 'render' | 'recognise' | 'merge' | 'deliver' | 'queue';

/** What the catalogue says of one code. `status` is the HTTP status when the error answers a request. */
export interface ErrorCodeInfo {
  readonly phase: ErrorPhase;
  readonly status: number;
  /** True when trying again later, unchanged, may succeed. */
  readonly retryable: boolean;
  readonly title: string;
}

const code = (phase: ErrorPhase, status: number, retryable: boolean, title: string): ErrorCodeInfo => ({
  phase,
  status,
  retryable,
  title,
});

/** The stable, documented error codes. A code is never renamed or reused; new ones are added. */
export const ERROR_CODES = {
  // the request
  invalid_request: code('request', 422, false, 'The request is not valid'),
  malformed_request: code('request', 400, false, 'The request could not be read'),
  request_too_large: code('request', 413, false, 'The request body is too large'),
  unsupported_media_type: code('request', 415, false, 'The request body is not of a kind this route takes'),
  origin_not_allowed: code('request', 403, false, 'Pages of this origin may not call the API'),
  unauthorized: code('request', 401, false, 'A valid API key is required'),
  task_not_found: code('request', 404, false, 'There is no such task'),
  batch_not_found: code('request', 404, false, 'There is no such batch'),
  page_not_found: code('request', 404, false, 'There is no such page, or it is not finished yet'),
  reading_not_found: code('request', 404, false, 'There is no such reading of the page'),
  webhook_not_found: code('request', 404, false, 'There is no such webhook delivery'),
  not_found: code('request', 404, false, 'There is nothing at this address'),
  method_not_allowed: code('request', 405, false, 'This method is not allowed here'),
  result_not_ready: code('request', 409, true, 'The result is not ready yet'),
  result_not_available: code('request', 404, false, 'This result was not produced for the task'),
  range_not_satisfiable: code('request', 416, false, 'The requested range lies outside the result'),
  invalid_transition: code('request', 409, false, 'The task cannot do this in its present state'),
  idempotency_key_reused: code('request', 422, false, 'The idempotency key was used with another request'),
  batch_refused: code('request', 422, false, 'Documents of the batch were refused; nothing was queued'),
  queue_full: code('queue', 429, true, 'The queue is full'),
  service_unavailable: code('queue', 503, true, 'The service cannot answer right now'),
  internal_error: code('queue', 500, true, 'Something went wrong on our side'),

  // the document going in
  path_not_allowed: code('input', 403, false, 'The path lies outside the allowed folders'),
  document_not_found: code('input', 422, false, 'There is no readable document at this place'),
  document_too_large: code('input', 413, false, 'The document is too large'),
  too_many_pages: code('input', 422, false, 'The document has too many pages'),
  unsupported_document: code('input', 415, false, 'This kind of document is not supported'),
  damaged_document: code('input', 422, false, 'The document is damaged and cannot be opened'),
  password_required: code('input', 422, false, 'The document needs a password, or the password given is wrong'),
  page_out_of_range: code('input', 422, false, 'The selected pages do not exist in the document'),
  url_not_allowed: code('input', 403, false, 'This address may not be fetched'),
  url_fetch_failed: code('input', 422, true, 'The document could not be fetched from its address'),
  language_not_available: code('input', 422, false, 'The language data is not installed'),
  provider_not_available: code('input', 422, false, 'This OCR provider is not available'),

  // pages
  page_too_large: code('render', 422, false, 'The page has too many pixels'),
  render_failed: code('render', 422, false, 'The page could not be drawn'),
  render_crashed: code('render', 500, true, 'The renderer stopped while drawing the page'),
  engine_failed: code('recognise', 502, true, 'The OCR engine failed on the page'),
  engine_crashed: code('recognise', 502, true, 'The OCR engine stopped while reading the page'),
  engine_unavailable: code('recognise', 503, true, 'The OCR engine cannot be reached'),
  page_timeout: code('recognise', 504, true, 'Reading the page took too long'),
  chunk_timeout: code('recognise', 504, true, 'The chunk took longer than chunk_timeout'),
  job_stalled: code('recognise', 500, false, 'The node working on it was lost too often'),

  // results
  merge_failed: code('merge', 500, true, 'The results could not be merged'),
  verification_failed: code('merge', 500, true, 'The merged result did not pass its verification'),
  pdfa_not_possible: code('merge', 422, false, 'The document cannot become PDF/A without changing what is seen'),
  output_not_allowed: code('deliver', 403, false, 'The output path lies outside the allowed folders'),
  delivery_failed: code('deliver', 500, true, 'The result could not be written to the place asked for'),
  output_full: code('deliver', 507, true, 'There is no room left at the place asked for'),
  webhook_not_allowed: code('deliver', 403, false, 'Webhooks may not be sent to this address'),
  webhook_refused: code('deliver', 502, false, 'The receiver of the webhook does not take it'),
  webhook_failed: code('deliver', 502, true, 'The receiver of the webhook could not be reached, or could not take it'),
  storage_full: code('deliver', 507, true, 'The document store is full'),
  storage_failed: code('deliver', 500, true, 'The document store could not be read or written'),
} as const satisfies Record<string, ErrorCodeInfo>;

/** One of the stable error codes. */
export type ErrorCode = keyof typeof ERROR_CODES;
