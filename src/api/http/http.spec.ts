import { BadRequestException, ForbiddenException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OcrError } from '../../errors/ocr-error.js';
import { parseRange } from './byte-ranges.js';
import { attachment } from './content-disposition.js';
import { ocrErrorOf, toProblem } from './problem.js';

describe('parseRange', () => {
  it.each<[string | undefined, number, unknown]>([
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=3-', 10, { start: 3, end: 9 }],
    ['bytes=3-100', 10, { start: 3, end: 9 }],
    ['bytes=-4', 10, { start: 6, end: 9 }],
    ['bytes=-40', 10, { start: 0, end: 9 }],
    ['Bytes= 2 - 4', 10, { start: 2, end: 4 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=5-2', 10, undefined],
    ['bytes=0-1,4-5', 10, undefined],
    ['bytes=-', 10, undefined],
    ['items=0-1', 10, undefined],
    ['bytes=a-b', 10, undefined],
    [undefined, 10, undefined],
  ])('reads %s of %i bytes', (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected);
  });
});

describe('attachment', () => {
  it.each([
    ['report.pdf', `attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`],
    ['Été.pdf', `attachment; filename="Ete.pdf"; filename*=UTF-8''%C3%89t%C3%A9.pdf`],
    ['a"b\\c%.pdf', `attachment; filename="a_b_c_.pdf"; filename*=UTF-8''a%22b%5Cc%25.pdf`],
    ["it's (1)*.pdf", `attachment; filename="it's (1)*.pdf"; filename*=UTF-8''it%27s%20%281%29%2A.pdf`],
    ['a\r\nX: y', `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`],
    ['\ud800.pdf', `attachment; filename="_.pdf"; filename*=UTF-8''%EF%BF%BD.pdf`],
  ])('names %j', (name, expected) => {
    expect(attachment(name)).toBe(expected);
  });
});

describe('ocrErrorOf', () => {
  const bodyError = (type: string) => Object.assign(new Error('what the parser says'), { type, expose: true, status: 400 });

  it.each<[string, unknown, string, string | undefined]>([
    ['our own', new OcrError('queue_full', { detail: 'full' }), 'queue_full', 'full'],
    ['a body too large', bodyError('entity.too.large'), 'request_too_large', 'what the parser says'],
    ['a body broken off', bodyError('request.aborted'), 'malformed_request', 'what the parser says'],
    ['an unknown charset', bodyError('charset.unsupported'), 'unsupported_media_type', 'what the parser says'],
    ['broken JSON', new BadRequestException('Unexpected end'), 'malformed_request', 'Unexpected end'],
    ['an unknown address', new NotFoundException('Cannot GET /x'), 'not_found', undefined],
    ['another exception of the framework', new ForbiddenException('no'), 'malformed_request', 'no'],
    ['a defect', new TypeError('secret of the code'), 'internal_error', undefined],
    ['what is no error', 'secret', 'internal_error', undefined],
  ])('knows %s', (_what, thrown, code, detail) => {
    const error = ocrErrorOf(thrown);
    expect(error.code).toBe(code);
    expect(error.message).toBe(detail ?? error.info.title);
  });

  it('tells the fields, and no more than it should', () => {
    const error = new OcrError('invalid_request', {
      fields: [{ field: 'a', message: 'is required' }],
      cause: new Error('inner'),
    });
    const problem = toProblem(error, { path: '/x', requestId: 'r' });
    expect(problem).toEqual({
      type: '/api/errors/invalid_request',
      title: 'The request is not valid',
      status: 422,
      detail: 'The request is not valid',
      code: 'invalid_request',
      retryable: false,
      instance: '/x',
      request_id: 'r',
      errors: [{ field: 'a', message: 'is required' }],
    });
  });
});
