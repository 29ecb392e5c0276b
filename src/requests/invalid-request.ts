import { OcrError, type FieldError } from '../errors/ocr-error.js';

/** A request whose fields are wrong, told in one sentence and field by field. */
export function invalidRequest(fields: readonly FieldError[]): OcrError {
  return new OcrError('invalid_request', { detail: fields.map(sentence).join(' '), fields });
}

function sentence({ field, message, allowed }: FieldError): string {
  const values = allowed === undefined ? '' : `: ${allowed.join(', ')}`;
  return `${field === '' ? 'The request' : field} ${message}${values}.`;
}
