import type { Request } from 'express';
import { invalidRequest } from '../../requests/invalid-request.js';

/** The caller's `Idempotency-Key`. @throws OcrError invalid_request when it is no plain text of 1 to 255 characters */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidRequest([{ field: 'Idempotency-Key', message: 'must have 1 to 255 visible ASCII characters' }]);
}
