import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { FieldError } from '../errors/ocr-error.js';
import { invalidRequest } from './invalid-request.js';

/**
 * Checks small bodies and queries against the class-validator rules of their DTO, which describes them to readers of the API at
 * the same time. Wrong fields are told as everywhere: `invalid_request` with `errors`. The allowed values of a field go into the
 * rule's `context.allowed`. What nests or says different things by turns has a zod schema instead (see `api/requests`).
 */
export const VALID_DTO = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  exceptionFactory: (errors) => invalidRequest(errors.map(fieldError)),
});

function fieldError({ property, constraints = {}, contexts = {} }: ValidationError): FieldError {
  const [rule = '', message = 'is not valid'] = Object.entries(constraints)[0] ?? [];
  if (rule === 'whitelistValidation') return { field: property, message: 'is not known' };
  const { allowed } = (contexts[rule] ?? {}) as Pick<FieldError, 'allowed'>;
  return { field: property, message, ...(allowed === undefined ? {} : { allowed }) };
}
