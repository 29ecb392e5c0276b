import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconDeviceDesktop, IconKeyboard, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { LANGUAGES, setLanguage, type Language } from '~/i18n/i18n';
import { switchShortcuts, useShortcutsOn } from './shortcut-switch';
import { openShortcuts } from './ShortcutsSheet';

const SCHEMES = [
  { value: 'auto', Icon: IconDeviceDesktop },
  { value: 'light', Icon: IconSun },
  { value: 'dark', Icon: IconMoon },
] as const;

/** Each language in its own words, so that everybody finds theirs. */
const NAMES = { en: 'English', fr: 'Français' };

/** Language, colours, whether keys act by themselves, and the sheet that lists them. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const shortcuts = useShortcutsOn();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  return (
    <Menu position="top-end" width={210}>
      <Menu.Target>
        <ActionIcon aria-label={t('preferences.label')}>
          <IconAdjustmentsHorizontal size={19} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('preferences.language')}</Menu.Label>
        <Menu.RadioGroup value={i18n.language} onChange={(language) => setLanguage(language as Language)}>
          {LANGUAGES.map((language) => (
            <Menu.RadioItem key={language} value={language} lang={language}>
              {NAMES[language]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t('preferences.colours')}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
          {SCHEMES.map(({ value, Icon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Icon size={16} stroke={1.7} aria-hidden />}>
              {t(`preferences.${value}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.CheckboxItem checked={shortcuts} onChange={switchShortcuts}>
          {t('shortcuts.title')}
        </Menu.CheckboxItem>
        <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.7} aria-hidden />} onClick={openShortcuts}>
          {t('preferences.shortcuts')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
