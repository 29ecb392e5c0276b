import { createInstance } from 'i18next';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { formatter, interpolation } from './formatter';
import { en, fr } from './resources';

describe('counts in the words of the dashboard', () => {
  const i18n = createInstance();
  beforeAll(async () => {
    vi.stubGlobal('navigator', { languages: ['fr-FR', 'en-GB'] });
    await i18n.use(formatter).init({ lng: 'en', resources: { en, fr }, defaultNS: 'common', interpolation });
    return () => vi.unstubAllGlobals();
  });
  /** With ordinary spaces, which are easier to read here. */
  const inLanguage = (language: string) => {
    const t = i18n.getFixedT(language, 'tasks');
    return (count: number) => t('bulk.ask.pause', { count }).replaceAll(/\s/g, ' ');
  };

  it('are written as the language writes numbers', () => {
    expect(inLanguage('en')(5000)).toMatch(/^5,000 tasks /);
    expect(inLanguage('fr')(5000)).toMatch(/^5 000 tâches /);
    expect(inLanguage('fr')(1)).toMatch(/^1 tâche /);
  });

  it('leave other numbers, those of pages, as they are', () => {
    expect(i18n.getFixedT('en', 'page')('title', { page: 1200 as unknown as string })).toBe('Page 1200');
  });
});
