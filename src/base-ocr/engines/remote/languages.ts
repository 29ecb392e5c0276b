/** Tesseract's names that are no ISO 639 code, as BCP 47 tags. */
const NAMED: Readonly<Record<string, string>> = {
  chi_sim: 'zh-Hans',
  chi_sim_vert: 'zh-Hans',
  chi_tra: 'zh-Hant',
  chi_tra_vert: 'zh-Hant',
  jpn_vert: 'ja',
  kor_vert: 'ko',
  aze_cyrl: 'az-Cyrl',
  srp_latn: 'sr-Latn',
  uzb_cyrl: 'uz-Cyrl',
  deu_latf: 'de',
  frk: 'de',
  ita_old: 'it',
  spa_old: 'es',
  kat_old: 'ka',
};
/** Trained data that is no language. */
const NO_LANGUAGE: ReadonlySet<string> = new Set(['osd', 'equ']);

/**
 * The languages of a page as BCP 47 tags, `['fr', 'en']` for `fra+eng`: ISO 639-1 codes where there are, else 639-2 ones.
 * Names that stand for no language (`script/Latin`) are left out: to all services languages are hints.
 */
export function languageTags(language: string): string[] {
  return [...new Set(language.split('+').flatMap((name) => tagOf(name) ?? []))];
}

function tagOf(name: string): string | undefined {
  const named = NAMED[name.toLowerCase()];
  if (named !== undefined) return named;
  if (NO_LANGUAGE.has(name) || !/^[a-z]{2,3}$/i.test(name)) return undefined;
  return Intl.getCanonicalLocales(name)[0];
}

/** The same languages in words, for a reader of prose: `French, English`. */
export function languageNames(language: string): string {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return languageTags(language)
    .map((tag) => names.of(tag) ?? tag)
    .join(', ');
}
