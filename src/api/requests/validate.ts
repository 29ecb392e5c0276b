import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import type { FieldError } from '../../errors/ocr-error.js';
import { invalidRequest } from '../../requests/invalid-request.js';
import { issueMessage } from '../../requests/issue-message.js';

/**
 * Checks what a caller sent against a schema.
 * @throws OcrError invalid_request naming every wrong field and what it may be
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidRequest(result.error.issues.flatMap(fieldErrors));
}

/** {@link validate} as a pipe of Nest, for a JSON body. No body at all is taken for an empty object: its fields are told. */
export class Valid<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.output<Schema> {
    return validate(this.schema, value === undefined ? {} : value);
  }
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is not known' }));
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.filter((value) => typeof value === 'string' || typeof value === 'number');
    return [{ field, message: 'must be one of', allowed }];
  }
  return [{ field, message: issueMessage(issue) }];
}
