/** The header that makes sending a request twice harmless. */
export const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'The same key with the same request gives the same task; with another request: `idempotency_key_reused`.',
  schema: { type: 'string' as const, maxLength: 255 },
};
