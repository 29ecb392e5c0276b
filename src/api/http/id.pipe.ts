import type { PipeTransform } from '@nestjs/common';
import type { ErrorCode } from '../../errors/error-codes.js';
import { OcrError } from '../../errors/ocr-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An id in an address. What cannot be an id names nothing: it is answered with `unknown`, as an id nobody has. */
export class IdPipe implements PipeTransform<string, string> {
  constructor(private readonly unknown: ErrorCode) {}

  transform(value: string): string {
    if (!UUID.test(value)) throw new OcrError(this.unknown);
    return value.toLowerCase();
  }
}
