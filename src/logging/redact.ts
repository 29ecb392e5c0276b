const HIDDEN = '***';
/** Names of fields, in lower case without `-` and `_`, whose values never reach a log. */
const SECRET = /^(.*password|passwd|pwd|.*secrets?|authorization|proxyauthorization|cookie|setcookie|.*apikeys?|.*token)$/;
/** The same for what a child logger is made with, which does not pass through {@link redactFields}. */
export const SECRET_BINDINGS = { paths: ['password', 'authorization', 'api_key', 'api_keys', 'secrets'], censor: HIDDEN };
/** Tokens that are no secrets, but what one searches the log for. */
const NO_SECRET = /^(claimtoken)$/;
/** Names of fields that hold addresses to fetch from or connect to: signed URLs carry a secret in their query. */
const ADDRESS = /^(documenturl|databaseurl|url|callbackurl|webhookurl)$/;
const CREDENTIALS = /(\/\/)[^\s/"'@]+@/g;
const DEEPEST = 8;

/** A copy of a log line's fields without secrets: by the names of fields, at any depth. */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0);
}

/** Hides user names and passwords of URLs anywhere in a written line (messages, stack traces). */
export function redactLine(line: string): string {
  return line.includes('@') ? line.replace(CREDENTIALS, `$1${HIDDEN}@`) : line;
}

function redactObject(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redactField(name, value, depth)]));
}

function redactField(name: string, value: unknown, depth: number): unknown {
  const plainName = name.toLowerCase().replaceAll(/[-_]/g, '');
  if (value !== undefined && value !== null && SECRET.test(plainName) && !NO_SECRET.test(plainName)) return HIDDEN;
  if (typeof value === 'string' && ADDRESS.test(plainName)) return withoutQuery(value);
  return redactValue(value, depth + 1);
}

function redactValue(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  // Errors, dates and buffers are pino's to write.
  return isPlainObject(value) ? redactObject(value, depth) : value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Keeps the path, which helps, and drops the query's values, which may sign the request. Credentials go with the line. */
function withoutQuery(address: string): string {
  const query = address.indexOf('?');
  return query === -1 ? address : `${address.slice(0, query)}?${HIDDEN}`;
}
