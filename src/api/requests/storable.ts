import { isStorableText } from '../../database/storable-text.js';

/** Most levels of nesting in a caller's JSON: more than people need, far less than a call stack holds. */
const DEEPEST = 32;

/** What keeps a JSON value from being stored, or undefined. `maxBytes` is the size of its JSON text in UTF-8. */
export function whyNotStorable(value: unknown, maxBytes: number): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return `must not be nested deeper than ${DEEPEST} levels`;
    if (level.some((item) => typeof item === 'string' && !isStorableText(item))) return 'holds characters that cannot be stored';
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? [...Object.keys(item), ...Object.values(item)] : [],
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > maxBytes ? `must not be longer than ${maxBytes} bytes of JSON (it has ${bytes})` : undefined;
}
