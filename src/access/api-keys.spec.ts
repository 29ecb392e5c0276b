import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../config/settings.js';
import { ApiKeys } from './api-keys.js';

const keys = (api_keys: string[]) => new ApiKeys(settingsSchema.parse({ api_keys }));

describe('ApiKeys', () => {
  it('lets everybody in while no keys are set', () => {
    expect(keys([]).isAllowed({})).toBe(true);
  });

  it.each([
    ['Bearer', { authorization: 'Bearer second' }],
    ['Bearer in any case', { authorization: 'bearer second' }],
    ['X-API-Key', { 'x-api-key': 'second' }],
  ])('takes a key as %s', (_name, headers) => {
    expect(keys(['first', 'second']).isAllowed(headers)).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['another key', { 'x-api-key': 'third' }],
    ['the beginning of a key', { 'x-api-key': 'secon' }],
    ['another scheme', { authorization: 'Basic second' }],
    ['an empty key', { authorization: 'Bearer ' }],
  ])('refuses %s', (_name, headers) => {
    expect(keys(['first', 'second']).isAllowed(headers)).toBe(false);
  });

  it('takes a key from the address only where the address is given', () => {
    expect(keys(['a b']).isAllowed({}, '/ws/ocr/all?api_key=a%20b')).toBe(true);
    expect(keys(['a b']).isAllowed({}, '/ws/ocr/all?api_key=a')).toBe(false);
    expect(keys(['a b']).isAllowed({}, '/ws/ocr/all')).toBe(false);
  });
});
