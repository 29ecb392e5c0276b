import { describe, expect, it } from 'vitest';
import { en, fr as frenchAndDescriptions } from './resources';

/** Descriptions of settings are the server's in English; `server-words.spec.ts` looks after them. */
const { descriptions: _descriptions, ...fr } = frenchAndDescriptions;

const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Every key of a language, `tasks.bulk.ask.pause`; plural forms count as one. */
function keysOf(words: object, path: string[] = []): string[] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? keysOf(value, [...path, key]) : [[...path, key.replace(PLURAL, '')].join('.')],
  );
}

/** The plural forms each counted key has. */
function formsOf(words: object): Map<string, Set<string>> {
  const forms = new Map<string, Set<string>>();
  const walk = (level: object, path: string) => {
    for (const [key, value] of Object.entries(level) as [string, unknown][]) {
      const form = PLURAL.exec(key)?.[1];
      if (typeof value === 'object' && value !== null) walk(value, `${path}.${key}`);
      else if (form !== undefined) {
        const base = `${path}.${key.replace(PLURAL, '')}`;
        forms.set(base, (forms.get(base) ?? new Set()).add(form));
      }
    }
  };
  walk(words, '');
  return forms;
}

function textsOf(words: object): string[] {
  return Object.values(words).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null ? textsOf(value) : [String(value)],
  );
}

/** The placeholders of every text. */
function placesOf(words: object, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}.${key.replace(PLURAL, '')}`;
    if (typeof value === 'object' && value !== null) return placesOf(value, here);
    return [...String(value).matchAll(/{{(\w+)}}/g)].map((match): [string, string] => [here, match[1]!]);
  });
}

describe('the words of the dashboard', () => {
  it('are there in French and in English, key for key', () => {
    expect([...new Set(keysOf(fr))].sort()).toEqual([...new Set(keysOf(en))].sort());
  });

  it.each([
    ['en', en],
    ['fr', fr],
  ] as const)('have every plural form of %s', (language, words) => {
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, forms] of formsOf(words)) expect([...forms].sort(), key).toEqual([...wanted].sort());
  });

  it('are nowhere empty', () => {
    expect(JSON.stringify([en, fr])).not.toMatch(/:\s*""/);
  });

  it('have a space before the French double punctuation, and none before the English', () => {
    for (const [words, wrong] of [
      [fr, /[\p{L}\d}][:;!?](\s|$)/u],
      [en, /\s[:;!?](\s|$)/u],
    ] as const)
      for (const text of textsOf(words)) expect(text).not.toMatch(wrong);
  });

  it('keep French double punctuation on the line of its word', () => {
    for (const text of textsOf(frenchAndDescriptions)) expect(text).not.toMatch(/ [:;!?%»]|« /);
    expect(fr.common.held.by).toBe('Retenue\u00a0: {{provider}} ne répond pas');
    expect(fr.common.confirmCancel.title).toBe('Annuler cette tâche\u202f?');
  });

  it('have the same places for values in both languages', () => {
    const set = (words: object) => [...new Set(placesOf(words).map((place) => place.join(' ')))].sort();
    expect(set(fr)).toEqual(set(en));
  });
});
