import type { PipeTransform } from '@nestjs/common';
import { OcrError } from '../../errors/ocr-error.js';

/** A page number in an address. What cannot be one names no page. */
export class PagePipe implements PipeTransform<string, number> {
  transform(value: string): number {
    if (!/^[1-9]\d{0,7}$/.test(value)) throw new OcrError('page_not_found');
    return Number(value);
  }
}
