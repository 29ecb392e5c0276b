import { expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { PRIVATE_SETTINGS } from './private-settings.js';

it('takes from a server’s settings how documents are read, and nothing of the server', () => {
  const server = {
    DATABASE_URL: 'postgres://production/db',
    OCR_STORE_URL: 's3://production',
    OCR_S3_ACCESS_KEY_ID: 'id',
    OCR_S3_SECRET_ACCESS_KEY: 'secret',
    OCR_WEBHOOK_URL: 'https://production.example/hooks',
    OCR_WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}`,
    OCR_INPUT_ROOTS: '/srv/in',
    OCR_OUTPUT_ROOTS: '/srv/out',
    OCR_MAX_QUEUED_TASKS: '1',
    OCR_COMPLETED_TASK_RETENTION: '0',
    OCR_CORS_ORIGINS: '*',
    OCR_TRUST_PROXY: 'true',
  };
  const reading = { OCR_DEFAULT_LANGUAGE: 'fra', OCR_MAX_PAGES: '7', OCR_HTTP_OCR_URL: 'http://reader/' };
  const own = { ...PRIVATE_SETTINGS, data_dir: '/own' };
  expect(loadSettings(own, { ...server, ...reading }, '/')).toEqual(loadSettings({ data_dir: '/own' }, reading, '/'));
});
