import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle } from '@tabler/icons-react';
import { freshId } from '~/api/fresh-id';
import { i18n } from '~/i18n/i18n';

/** How long a toast stays, and with it the chance to undo. */
export const UNDO_MS = 6000;

interface Toast {
  message: string;
  undo?: { label: string; run: () => void };
  onGone?: () => void;
}

const closable = () => ({ withCloseButton: true, closeButtonProps: { 'aria-label': i18n.t('close') } });

/** Says what was done and, where it can be, lets it be undone. */
export function toastDone({ message, undo, onGone }: Toast): void {
  const id = freshId();
  notifications.show({
    id,
    autoClose: UNDO_MS,
    ...closable(),
    onClose: onGone,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
          {message}
        </Text>
        {undo !== undefined && (
          <Button
            size="compact-sm"
            variant="subtle"
            style={{ flex: 'none' }}
            onClick={() => {
              undo.run();
              notifications.hide(id);
            }}
          >
            {undo.label}
          </Button>
        )}
      </Group>
    ),
  });
}

/** Says that something did not work, and why. */
export function toastFailed(title: string, message: string): void {
  const icon = <IconAlertTriangle size={18} aria-hidden />;
  notifications.show({ title, message, color: 'red', icon, autoClose: 8000, ...closable() });
}
