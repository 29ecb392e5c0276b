import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconCheck, IconDeviceDesktop, IconKeyboard, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { LANGUAGES, setLanguage } from '~/i18n/i18n';
import { openShortcuts } from './ShortcutsSheet';

const SCHEMES = [
  { value: 'auto', Icon: IconDeviceDesktop },
  { value: 'light', Icon: IconSun },
  { value: 'dark', Icon: IconMoon },
] as const;

/** Each language in its own words, so that everybody finds theirs. */
const NAMES = { en: 'English', fr: 'Français' };

/** Language, colours and the keyboard sheet. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const check = <IconCheck size={16} aria-hidden />;

  return (
    <Menu position="top-end" width={210}>
      <Menu.Target>
        <ActionIcon aria-label={t('preferences.label')}>
          <IconAdjustmentsHorizontal size={19} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('preferences.language')}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            onClick={() => setLanguage(language)}
            rightSection={i18n.language === language ? check : null}
          >
            {NAMES[language]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('preferences.colours')}</Menu.Label>
        {SCHEMES.map(({ value, Icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
            onClick={() => setColorScheme(value)}
            rightSection={colorScheme === value ? check : null}
          >
            {t(`preferences.${value}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.7} aria-hidden />} onClick={openShortcuts}>
          {t('shortcuts.title')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
