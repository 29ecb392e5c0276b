import { useTranslation } from 'react-i18next';
import type { Setting } from '~/api/types';
import type { useFormat } from '~/i18n/format';
import type { en } from '~/i18n/resources';

type Known = keyof (typeof en)['settings']['known'];
type Unit = keyof (typeof en)['settings']['units'];

interface SettingWords {
  label: string;
  what: string;
  /** The language of `what`, where it is not the user's. */
  lang?: 'en';
  unit: string;
}

/** A setting's label, explanation and unit in the user's language; what we have no words for is told in the server's own, English. */
export function useSettingWords({ name, description, unit }: Setting): SettingWords {
  const { t } = useTranslation('settings');
  const { i18n } = useTranslation();
  const what = t(`known.${name as Known}.what`, { defaultValue: '' }) || ownDescription(i18n, name);
  return {
    label: t(`known.${name as Known}.label`, { defaultValue: name }),
    what: what ?? description.replaceAll('`', ''),
    lang: what === undefined ? 'en' : undefined,
    unit: unit === undefined ? '' : t(`units.${unit as Unit}`, { defaultValue: unit }),
  };
}

/** A value as it is read: what is counted with its unit, in the digits of the language; everything else as it stands. */
export function valueWords(value: Setting['value'], unit: string, format: ReturnType<typeof useFormat>): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'number' && unit !== '' ? `${format.exact(value)} ${unit}` : String(value);
}

/** Undefined where the language has no words of its own: English needs none. */
function ownDescription(
  i18n: { language: string; getResource: (language: string, namespace: string, key: string) => unknown },
  name: string,
): string | undefined {
  const words = i18n.getResource(i18n.language, 'descriptions', name);
  return typeof words === 'string' ? words : undefined;
}
