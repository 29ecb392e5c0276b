import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../../src/task-manager/task.types.js';
import { en, fr } from '~/i18n/resources';

describe.each([
  ['English', en],
  ['French', fr],
])('the words for events in %s', (_language, { task }) => {
  it.each(EVENT_TYPES)('are there for %s', (type) => {
    const [subject = '', what = ''] = type.split('.');
    const words = (task.event as Record<string, Record<string, string>>)[subject] ?? {};
    expect(words[what] ?? words[`${what}_other`], type).toBeTruthy();
  });
});
