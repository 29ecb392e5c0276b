import { describe, expect, it } from 'vitest';
import { OcrError } from '../../errors/ocr-error.js';
import { toUploadRequest } from '../uploads/upload-form.js';
import { toListRequest } from './list-request.js';
import { whyNotStorable } from './storable.js';
import { submitSchema } from './submit-request.js';
import { validate } from './validate.js';

/** The wrong fields of a request. */
function fieldsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof OcrError) return error.fields?.map((each) => `${each.field} ${each.message}`) ?? [];
  }
  return [];
}

describe('a submission', () => {
  const errors = (body: unknown) => fieldsOf(() => validate(submitSchema, body));

  it('names every wrong field at once, in words', () => {
    const body = { document_path: 5, priority: null, options: { chunk_size: 1.5, formats: 'pdf', x: 1 }, y: 2 };
    expect(errors(body)).toEqual(
      expect.arrayContaining([
        'document_path must be text',
        'priority must be one of',
        'options.chunk_size must be a whole number',
        'options.formats must be a list',
        'options.x is not known',
        'y is not known',
      ]),
    );
  });

  it.each(['1', '1-3,5', ' 2 - 4 , 9- ', '7-'])('takes the pages %s', (pages) => {
    expect(errors({ document_path: 'a', options: { pages } })).toEqual([]);
  });

  it.each(['', '0', '3-2', '1,,2', 'a', '-3', '1;2'])('refuses the pages "%s"', (pages) => {
    expect(errors({ document_path: 'a', options: { pages } })).toHaveLength(1);
  });

  it('keeps metadata as they are, whatever their names', () => {
    const metadata = JSON.parse('{"constructor":1,"a":{"__proto__":{"b":2}}}');
    expect(JSON.stringify(validate(submitSchema, { document_path: 'a', metadata }).metadata)).toBe(JSON.stringify(metadata));
  });
});

describe('an upload form', () => {
  it('puts fields and JSON together; fields win, empty ones do not count', () => {
    const request = toUploadRequest([
      ['options', '{"mode":"force","dpi":300,"formats":["pdf"]}'],
      ['dpi', '200'],
      ['formats', '["txt","md"]'],
      ['language', ''],
      ['priority', 'high'],
    ]);
    expect(request).toEqual({ priority: 'HIGH', options: { mode: 'force', dpi: 200, formats: ['txt', 'md'] } });
  });

  it.each([
    [[['dpi', 'much']], 'options.dpi must be a number'],
    [
      [
        ['mode', 'redo'],
        ['mode', 'force'],
      ],
      'mode is given more than once',
    ],
    [
      [
        ['options', '[1]'],
        ['mode', 'redo'],
      ],
      'options must be a JSON object',
    ],
    [[['metadata', '{']], 'metadata must be JSON'],
    [[['document_path', '/etc/passwd']], 'document_path is not known'],
  ] as [[string, string][], string][])('refuses %j', (fields, expected) => {
    expect(fieldsOf(() => toUploadRequest(fields))).toEqual([expected]);
  });
});

describe('a list', () => {
  it('has the newest first, fifty of them', () => {
    expect(toListRequest({}).page).toEqual({ sort: 'created_at', descending: true, limit: 50, cursor: undefined });
  });

  it('takes metadata in each of its forms', () => {
    const { filter } = toListRequest({ 'metadata.a.b': '1', 'metadata[c]': '2', metadata: '{"d":3}' });
    expect(filter.metadata).toEqual({ 'a.b': '1', c: '2', d: 3 });
  });

  it('reads times with their zone, and dates as midnight in UTC', () => {
    const { filter } = toListRequest({ created_from: '2026-01-31', created_to: '2026-01-31T08:00:00+02:00' });
    expect([filter.created_from, filter.created_to]).toEqual([
      new Date('2026-01-31T00:00:00Z'),
      new Date('2026-01-31T06:00:00Z'),
    ]);
  });
});

describe('what is wrong with a list', () => {
  it.each([
    [{ created_from: 'yesterday' }, 'created_from must be a date or time of ISO 8601, like 2026-01-31T08:00:00Z'],
    [{ created_to: '2026-01-31T08:00:00 01:00' }, 'created_to must be a date or time of ISO 8601, like 2026-01-31T08:00:00Z'],
    [{ batch_id: 'x' }, 'batch_id must be the id of a batch'],
    [{ ids: 'x' }, 'ids.0 must be the id of a task'],
  ])('is told of %j', (query, expected) => {
    expect(fieldsOf(() => toListRequest(query))).toEqual([expected]);
  });
});

describe('whyNotStorable', () => {
  it('counts bytes, not characters', () => {
    expect(whyNotStorable({ a: 'é' }, 10)).toBeUndefined();
    expect(whyNotStorable({ a: 'éé' }, 10)).toMatch(/10 bytes/);
  });

  it('looks into names and depths', () => {
    expect(whyNotStorable({ 'a\0': 1 }, 100)).toMatch(/characters/);
    expect(whyNotStorable([[['\udc00']]], 100)).toMatch(/characters/);
  });
});
