import { describe, expect, it } from 'vitest';
import { sharedFormatsOf } from './format';

describe('the formats of a language', () => {
  it('are made once, however many pages are shown with them', () => {
    expect(sharedFormatsOf('fr-FR')).toBe(sharedFormatsOf('fr-FR'));
    expect(sharedFormatsOf('en-GB').percent(0.5)).not.toBe(sharedFormatsOf('fr-FR').percent(0.5));
  });
});
