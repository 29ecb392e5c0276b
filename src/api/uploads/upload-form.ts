import { invalidRequest } from '../../requests/invalid-request.js';
import { OPTION_NAMES, uploadSchema, type UploadRequest } from '../requests/submit-request.js';
import { validate } from '../requests/validate.js';

/** The fields of a form beside the file, in the order they came. */
export type FormFields = readonly (readonly [name: string, value: string])[];

const NUMBERS = new Set(['chunk_size', 'text_chunk_size', 'dpi']);
const LISTS = new Set(['formats', 'provider_fallback', 'webhook_events']);
const FLAGS = new Set(['second_look', 'cache', 'rotate_pages', 'deskew', 'optimize']);

/**
 * Puts the fields of an upload together: `priority`, `metadata` and `options` (both JSON), and options in fields of their own,
 * which win. An empty field counts as none: browsers send those too.
 * @throws OcrError invalid_request
 */
export function toUploadRequest(fields: FormFields): UploadRequest {
  const body: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of fields) {
    if (value === '') continue;
    if (name === 'options' || name === 'metadata') put(body, name, parseJson(name, value));
    else if (LISTS.has(name)) options[name] = [...((options[name] as string[] | undefined) ?? []), ...listOf(name, value)];
    else if (name === 'preprocess') put(options, name, parseJson(name, value));
    else if (OPTION_NAMES.includes(name)) put(options, name, optionOf(name, value));
    else put(body, name, value);
  }
  if (Object.keys(options).length > 0) {
    if (body.options !== undefined && !isObject(body.options))
      throw invalidRequest([{ field: 'options', message: 'must be a JSON object' }]);
    body.options = { ...body.options, ...options };
  }
  return validate(uploadSchema, body);
}

function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (Object.hasOwn(target, name)) throw invalidRequest([{ field: name, message: 'is given more than once' }]);
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function parseJson(field: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw invalidRequest([{ field, message: 'must be JSON' }]);
  }
}

/** `pdf,txt` or `["pdf","txt"]`. */
function listOf(name: string, value: string): string[] {
  const items: unknown = value.trimStart().startsWith('[') ? parseJson(name, value) : value.split(',');
  return (Array.isArray(items) ? items : [items]).map((item) => String(item).trim());
}

function optionOf(name: string, value: string): unknown {
  if (NUMBERS.has(name)) return numberOf(value);
  if (FLAGS.has(name) && /^(true|false)$/.test(value.trim())) return value.trim() === 'true';
  return value;
}

/** What is no number is left as it came, for the check to name it. */
function numberOf(value: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
