import { useTranslation } from 'react-i18next';
import type { Setting } from '~/api/types';
import type { en } from '~/i18n/resources';

type Known = keyof (typeof en)['settings']['known'];
type Unit = keyof (typeof en)['settings']['units'];

/** A setting's label, explanation and unit in the user's language; one without words of ours speaks the server's. */
export function useSettingWords({ name, description, unit }: Setting): { label: string; what: string; unit: string } {
  const { t } = useTranslation('settings');
  return {
    label: t(`known.${name as Known}.label`, { defaultValue: name }),
    what: t(`known.${name as Known}.what`, { defaultValue: description }),
    unit: unit === undefined ? '' : t(`units.${unit as Unit}`, { defaultValue: unit }),
  };
}
