import { Group, Kbd, Modal, Stack, Switch, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { areShortcutsOn, switchShortcuts, useShortcutsOn } from './shortcut-switch';
import { useKeyPairs, useShortcuts, useShownShortcuts, type Shortcut } from './shortcuts';

const OPEN = 'ocr-shortcuts-open';

/** Opens the sheet from anywhere. */
export function openShortcuts(): void {
  window.dispatchEvent(new Event(OPEN));
}

/** The keys of the whole dashboard, and the sheet that lists them and those of the view on screen, and switches them off. */
export function ShortcutsSheet() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const general: Shortcut[] = [
    { keys: 'g o', label: 'goOverview', run: () => void navigate({ to: '/' }) },
    { keys: 'g t', label: 'goTasks', run: () => void navigate({ to: '/tasks' }) },
    { keys: 'g s', label: 'goSubmit', run: () => void navigate({ to: '/submit' }) },
    { keys: 'g h', label: 'goSettings', run: () => void navigate({ to: '/settings' }) },
  ];
  useShortcuts(general);
  useKeyPairs(general);
  useEffect(() => {
    const open = () => setOpened(true);
    // `?` is typed with Shift on most keyboards and without on some: the character counts, not the key.
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]');
      if (event.key === '?' && areShortcutsOn() && !typing && !event.ctrlKey && !event.metaKey) setOpened((now) => !now);
    };
    window.addEventListener(OPEN, open);
    document.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener(OPEN, open);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  const shown = useShownShortcuts();
  const on = useShortcutsOn();

  return (
    <Modal
      opened={opened}
      onClose={() => setOpened(false)}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Switch
        label={t('shortcuts.use')}
        description={t('shortcuts.useHow')}
        checked={on}
        onChange={(event) => switchShortcuts(event.currentTarget.checked)}
        mb="lg"
      />
      <Stack gap={10}>
        <Line keys="?" label={t('shortcuts.help')} />
        {shown.map(({ keys, label }) => (
          <Line key={keys + label} keys={keys} label={t(`shortcuts.${label}`)} />
        ))}
      </Stack>
    </Modal>
  );
}

function Line({ keys, label }: { keys: string; label: string }) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{label}</Text>
      <Group gap={6} wrap="nowrap">
        {keys.split(' ').map((key, index) => (
          <Kbd key={index}>{nameOf(key, t('shortcuts.shift'))}</Kbd>
        ))}
      </Group>
    </Group>
  );
}

const SYMBOLS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  mod: 'Ctrl',
  plus: '+',
  minus: '−',
};

function nameOf(key: string, shift: string): string {
  return key
    .split('+')
    .map((part) => (part === 'shift' ? shift : (SYMBOLS[part] ?? part)))
    .join(' + ');
}
