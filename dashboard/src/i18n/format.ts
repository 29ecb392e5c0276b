import { useTranslation } from 'react-i18next';

/** Numbers, times and sizes as the user's language writes them, times in the user's own zone. */
export function useFormat() {
  const { i18n } = useTranslation();
  return sharedFormatsOf(localeFor(i18n.language));
}

const shared = new Map<string, ReturnType<typeof formatsOf>>();

/** The same formats for everybody who asks: making them takes long where each of thousands of pages does. */
export function sharedFormatsOf(language: string): ReturnType<typeof formatsOf> {
  let formats = shared.get(language);
  if (formats === undefined) shared.set(language, (formats = formatsOf(language)));
  return formats;
}

/** The user's own variant of the language: dates of `en-GB` are not those of `en-US`. */
export function localeFor(language: string): string {
  return navigator.languages.find((locale) => locale.split('-')[0] === language) ?? language;
}

export function formatsOf(language: string) {
  const integer = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const exact = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  const exactTime = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const dayAndTime = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  const unit = (name: string, digits = 0) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });
  const narrow = (name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: 1 });
  const narrowUnits = { s: narrow('second'), min: narrow('minute'), h: narrow('hour') };
  const units = {
    ms: unit('millisecond'),
    s: unit('second', 1),
    wholeS: unit('second'),
    min: unit('minute'),
    h: unit('hour'),
    d: unit('day'),
  };
  const bytes = [unit('byte'), unit('kilobyte'), unit('megabyte', 1), unit('gigabyte', 1), unit('terabyte', 1)];

  const parts = new Intl.NumberFormat(language).formatToParts(1234.5);
  const partOf = (type: 'group' | 'decimal') => parts.find((part) => part.type === type)?.value ?? '';

  return {
    /** Between thousands, and before the decimals. */
    separator: partOf('group'),
    point: partOf('decimal'),
    integer: (value: number) => integer.format(value),
    decimal: (value: number) => decimal.format(value),
    /** With every decimal there is, up to thousandths. */
    exact: (value: number) => exact.format(value),
    compact: (value: number) => compact.format(value),
    /** @param share 0..1 */
    percent: (share: number) => percent.format(share),
    time: (at: string | number) => time.format(new Date(at)),
    exactTime: (at: string | number) => exactTime.format(new Date(at)),
    /** Day, and time to the minute. */
    moment: (at: string | number) => dayAndTime.format(new Date(at)),
    /** Everything, zone included; for tooltips. */
    full: (at: string | number) => full.format(new Date(at)),
    /** `2 min ago`, from the present given. */
    ago: (at: string | number, now: number) => {
      const seconds = Math.min(0, Math.round((new Date(at).getTime() - now) / 1000));
      if (seconds > -60) return relative.format(seconds, 'second');
      if (seconds > -3600) return relative.format(Math.round(seconds / 60), 'minute');
      if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), 'hour');
      return relative.format(Math.round(seconds / 86_400), 'day');
    },
    /** `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
    duration: (seconds: number) => {
      if (seconds < 1) return units.ms.format(Math.round(seconds * 1000));
      if (seconds < 9.95) return units.s.format(seconds);
      const whole = Math.round(seconds);
      if (whole < 60) return units.wholeS.format(whole);
      if (whole < 3600) return pair(units.min, Math.floor(whole / 60), units.wholeS, whole % 60);
      const minutes = Math.round(whole / 60);
      if (minutes < 48 * 60) return pair(units.h, Math.floor(minutes / 60), units.min, minutes % 60);
      return pair(units.d, Math.floor(minutes / 1440), units.h, Math.floor((minutes % 1440) / 60));
    },
    /** One unit alone, as short as can be: for narrow places; with tenths of minutes for axes. */
    rough: (seconds: number, minuteDigits: 0 | 1 = 0) => {
      if (seconds < 60) return narrowUnits.s.format(seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds));
      if (seconds < 3600) return narrowUnits.min.format(Math.round((seconds / 60) * 10 ** minuteDigits) / 10 ** minuteDigits);
      return narrowUnits.h.format(Math.round(seconds / 360) / 10);
    },
    bytes: (size: number) => {
      const power = size < 1000 ? 0 : Math.min(bytes.length - 1, Math.floor(Math.log10(size) / 3));
      return bytes[power]!.format(size / 1000 ** power);
    },
  };
}

function pair(first: Intl.NumberFormat, value: number, second: Intl.NumberFormat, rest: number): string {
  return rest === 0 ? first.format(value) : `${first.format(value)} ${second.format(rest)}`;
}
