import type { FormatterModule } from 'i18next';
import { localeFor } from './format';

/** With this, every value of a text passes the {@link formatter}. React escapes them all. */
export const interpolation = { escapeValue: false, alwaysFormat: true };

/**
 * How values are put into texts: counts as the user's language writes numbers (`5,000 tasks`, `5 000 tâches`), everything else in the
 * form it comes in.
 */
export const formatter: FormatterModule = {
  type: 'formatter',
  init: () => {},
  add: () => {},
  addCached: () => {},
  format: (value: unknown, _form, language = 'en', options) => {
    const isCount = options?.['interpolationkey'] === 'count' && typeof value === 'number';
    return isCount ? new Intl.NumberFormat(localeFor(language)).format(value) : (value as string);
  },
};
