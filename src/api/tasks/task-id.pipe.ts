import type { PipeTransform } from '@nestjs/common';
import { OcrError } from '../../errors/ocr-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A task id in an address. What cannot be an id names no task. */
export class TaskIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!UUID.test(value)) throw new OcrError('task_not_found');
    return value.toLowerCase();
  }
}
