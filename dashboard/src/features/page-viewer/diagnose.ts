import type { Mode } from '~/api/types';
import { guessLanguage } from './guess-language';
import { wordsOf, type Reading, type Word } from './reading';

/** With what a page is to be read again; what is absent stays as the task has it. */
export interface ReadingOptions {
  language?: string;
  dpi?: number;
  mode?: Mode;
  provider?: string;
}

/** Why a page could not be read, or was read badly. Each has its words in `page.json`, under `cause`. */
export type Cause =
  | 'timeout'
  | 'crashed'
  | 'tooLarge'
  | 'languageMissing'
  | 'notDrawn'
  | 'engineAway'
  | 'failed'
  | 'blank'
  | 'kept'
  | 'keptGarbled'
  | 'noText'
  | 'otherLanguage'
  | 'faint'
  | 'lowResolution'
  | 'smallText'
  | 'turned'
  | 'skewed'
  | 'unclear';

export interface Diagnosis {
  cause: Cause;
  /** `info`: as it should be. `warning`: read, but badly. `problem`: not read. */
  tone: 'info' | 'warning' | 'problem';
  /** What was measured, for the words: degrees, dpi, pixels, or a language code. */
  measured?: number;
  language?: string;
  /** What to try, the most promising first. */
  tries: readonly ReadingOptions[];
}

/** What is known of a page. */
export interface Evidence {
  /** Null when the page failed. */
  reading: Reading | null;
  error: { code: string } | null;
  /** How much darker its ink is than its paper, 0..1; null while the image has not been looked at. */
  contrast: number | null;
}

/** Mean confidence, and the share of unsure words, beyond which a page counts as badly read. */
const GOOD_CONFIDENCE = 80;
const UNSURE = 60;
const UNSURE_SHARE = 0.2;

const FAINT_CONTRAST = 0.4;
const LOW_DPI = 150;
/** Tesseract wants capitals of about 20 pixels; a word's box is seldom higher than they are. */
const SMALL_PIXELS = 13;
/** Degrees. */
const STRONG_SKEW = 4;
const GOOD_DPI = 300;
const HIGH_DPI = 400;
/** Share of characters that belong to no script, beyond which a page's own text is taken for garbled. */
const GARBLED_SHARE = 0.15;

const CAUSE_OF_ERROR: Readonly<Record<string, Cause>> = {
  page_timeout: 'timeout',
  chunk_timeout: 'timeout',
  job_stalled: 'crashed',
  engine_crashed: 'crashed',
  render_crashed: 'crashed',
  page_too_large: 'tooLarge',
  language_not_available: 'languageMissing',
  render_failed: 'notDrawn',
  engine_unavailable: 'engineAway',
  provider_not_available: 'engineAway',
};

const TRIES_OF_FAILURE: Partial<Record<Cause, readonly ReadingOptions[]>> = {
  timeout: [{ dpi: 150 }, {}],
  tooLarge: [{ dpi: 100 }],
  crashed: [{ dpi: 200 }, {}],
};

/**
 * The probable causes of what is wrong with a page, the likeliest first; empty when it read well.
 * A page that was blank, or kept its own text, has its one cause told as `info`.
 */
export function diagnose({ reading, error, contrast }: Evidence): Diagnosis[] {
  if (reading === null) return [causeOfFailure(error)];
  if (reading.source === 'blank') return [{ cause: 'blank', tone: 'info', tries: [{ mode: 'force' }] }];
  const { words } = wordsOf(reading);
  if (reading.source === 'kept') return [causeOfKept(words)];
  const image = causesInImage(reading, words, contrast);
  if (words.length === 0) return [...image, { cause: 'noText', tone: 'problem', tries: [{ dpi: GOOD_DPI, mode: 'force' }] }];

  const language = otherLanguage(reading, words);
  if (!isBadlyRead(reading, words)) return language;
  const causes = [...language, ...image];
  return causes.length > 0 ? causes : [{ cause: 'unclear', tone: 'warning', tries: [{ dpi: HIGH_DPI }] }];
}

/** True when a page's words cannot be trusted as they are. */
export function isBadlyRead({ confidence }: Pick<Reading, 'confidence'>, words: readonly Word[]): boolean {
  if (confidence === null) return true;
  const unsure = words.filter((word) => word.confidence < UNSURE).length;
  return confidence < GOOD_CONFIDENCE || unsure > UNSURE_SHARE * words.length;
}

function causeOfFailure(error: Evidence['error']): Diagnosis {
  const cause = CAUSE_OF_ERROR[error?.code ?? ''] ?? 'failed';
  return { cause, tone: 'problem', tries: TRIES_OF_FAILURE[cause] ?? [{}] };
}

function causeOfKept(words: readonly Word[]): Diagnosis {
  const text = words.map((word) => word.text).join('');
  const strange = text.match(/[\uFFFD\p{Co}\p{Cn}\p{Cc}]/gu)?.length ?? 0;
  const garbled = text.length > 0 && strange > GARBLED_SHARE * text.length;
  return { cause: garbled ? 'keptGarbled' : 'kept', tone: garbled ? 'warning' : 'info', tries: [{ mode: 'force' }] };
}

/** What can be seen in the image that makes reading hard. */
function causesInImage(reading: Reading, words: readonly Word[], contrast: number | null): Diagnosis[] {
  const { dpi, orientation, skew } = reading;
  const causes: Diagnosis[] = [];
  const add = (cause: Cause, measured: number, ...tries: ReadingOptions[]) =>
    causes.push({ cause, tone: 'warning', measured, tries });
  if (contrast !== null && contrast < FAINT_CONTRAST) add('faint', Math.round(contrast * 100), { dpi: HIGH_DPI });
  const pixels = dpi === null ? null : Math.round((medianHeight(words) * dpi) / 72);
  if (dpi !== null && dpi < LOW_DPI) add('lowResolution', Math.round(dpi), { dpi: GOOD_DPI });
  else if (pixels !== null && pixels > 0 && pixels < SMALL_PIXELS) add('smallText', pixels, { dpi: HIGH_DPI });
  if (orientation !== 0) add('turned', orientation, { dpi: GOOD_DPI });
  if (Math.abs(skew) >= STRONG_SKEW) add('skewed', Math.round(Math.abs(skew) * 10) / 10, { dpi: GOOD_DPI });
  return causes;
}

/** The text is of a language that was not looked for. */
function otherLanguage({ engine }: Reading, words: readonly Word[]): Diagnosis[] {
  const language = guessLanguage(words.map((word) => word.text.replace(/[^\p{L}]/gu, '')));
  if (language === null || engine === null || engine.language.split('+').includes(language)) return [];
  return [{ cause: 'otherLanguage', tone: 'warning', language, tries: [{ language }] }];
}

/** In points; 0 without words. */
function medianHeight(words: readonly Word[]): number {
  const heights = words.map(({ box }) => Math.min(box.y1 - box.y0, box.x1 - box.x0)).toSorted((a, b) => a - b);
  return heights[Math.floor(heights.length / 2)] ?? 0;
}
