import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { en } from './resources';

/** Tesseract's names that are no codes of ISO 639-3, for `Intl.DisplayNames`. */
const CODES: Readonly<Record<string, string>> = {
  chi_sim: 'zh-Hans',
  chi_tra: 'zh-Hant',
  srp_latn: 'sr-Latn',
  aze_cyrl: 'az-Cyrl',
  uzb_cyrl: 'uz-Cyrl',
  deu_latf: 'de-Latf',
};

/** Names languages as the user's language calls them: `eng+fra` becomes "English and French". */
export function useLanguageName(): (languages: string) => string {
  const { i18n } = useTranslation();
  return useCallback(
    (languages: string) => {
      const names = new Intl.DisplayNames(i18n.language, { type: 'language', fallback: 'code' });
      const list = new Intl.ListFormat(i18n.language, { type: 'conjunction' });
      return list.format(languages.split('+').map((code) => nameOf(code, names, i18n.language)));
    },
    [i18n.language],
  );
}

/** Names an OCR engine. One without words of ours is shown by its own name. */
export function useProviderName(): (provider: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (provider: string) => t(`provider.${provider as keyof (typeof en)['common']['provider']}`, { defaultValue: provider }),
    [t],
  );
}

/** Takes the version of an engine apart: `5.3.0 (tesseract_cli)` also names the engine that stands behind it. */
export function partsOfVersion(text: string): { version: string; engine?: string } {
  const [, version = text, engine] = /^(.*) \((\w+)\)$/.exec(text) ?? [];
  return { version, engine };
}

function nameOf(code: string, names: Intl.DisplayNames, language: string): string {
  try {
    const name = names.of(CODES[code] ?? code) ?? code;
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
  } catch {
    return code; // a file of somebody's own, like `invoices`
  }
}
