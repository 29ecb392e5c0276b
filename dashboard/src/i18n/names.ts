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

/**
 * Names languages as the user's language calls them: `eng+fra` becomes "English and French". Within a sentence (`inText`) French
 * writes them small; by themselves they begin as a line does.
 */
export function useLanguageName(): (languages: string, place?: 'inText') => string {
  const { i18n } = useTranslation();
  return useCallback(
    (languages: string, place?: 'inText') => {
      const names = new Intl.DisplayNames(i18n.language, { type: 'language', fallback: 'code' });
      const list = new Intl.ListFormat(i18n.language, { type: 'conjunction' });
      const named = languages.split('+').map((code) => nameOf(code, names));
      return list.format(place === 'inText' ? named : named.map((name) => capitalised(name, i18n.language)));
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

function nameOf(code: string, names: Intl.DisplayNames): string {
  try {
    return names.of(CODES[code] ?? code) ?? code;
  } catch {
    return code; // a file of somebody's own, like `invoices`
  }
}

function capitalised(name: string, language: string): string {
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
