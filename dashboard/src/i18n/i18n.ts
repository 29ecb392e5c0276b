import { createInstance } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { formatter, interpolation } from './formatter';
import { en, fr } from './resources';

export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Also read by public/first-paint.js. */
const PLACE = 'ocr-language';

export const i18n = createInstance();

void i18n
  .use(formatter)
  .use(initReactI18next)
  .init({
    lng: rememberedLanguage() ?? browserLanguage(),
    fallbackLng: 'en',
    resources: { en, fr },
    defaultNS: 'common',
    interpolation,
  });
document.documentElement.lang = i18n.language;

/** Changes the language at once and for the next visits. */
export function setLanguage(language: Language): void {
  void i18n.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(PLACE, language);
  } catch {
    // storage is blocked: the choice holds for this visit
  }
}

function rememberedLanguage(): Language | undefined {
  try {
    const remembered = localStorage.getItem(PLACE);
    return LANGUAGES.find((language) => language === remembered);
  } catch {
    return undefined;
  }
}

function browserLanguage(): Language {
  for (const wanted of navigator.languages) {
    const found = LANGUAGES.find((language) => wanted.toLowerCase().split('-')[0] === language);
    if (found !== undefined) return found;
  }
  return 'en';
}
