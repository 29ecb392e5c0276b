import type { OpenAPIObject } from '@nestjs/swagger';
import { expect, it } from 'vitest';
import { describeOtherModules } from './answers.js';

it('tells how the routes of other modules refuse, too', () => {
  const route = () => ({ get: { responses: { 200: { description: 'Well.' } } } });
  const paths = { '/metrics': route(), '/api/ocr/stats': route(), '/api/ocr/stats/history': route(), '/livez': route() };
  describeOtherModules({ openapi: '3.1.0', info: { title: '', version: '' }, paths } as OpenAPIObject);
  const statuses = Object.values(paths).map(({ get }) => Object.keys(get.responses).map(Number));
  expect(statuses).toEqual([[200, 401, 403, 500, 503], [200, 401, 403, 500, 503], [200, 401, 403, 422, 500, 503], [200]]);
});
