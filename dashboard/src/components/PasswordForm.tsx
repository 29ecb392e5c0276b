import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface PasswordFormProps {
  name: string;
  onGiven: (password: string) => void;
  onLeave: () => void;
}

/** Asks for the password a document needs to be opened. */
export function PasswordForm({ name, onGiven, onLeave }: PasswordFormProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (password !== '') onGiven(password);
      }}
    >
      <Stack gap="md">
        <Text size="sm">{t('password.text', { name })}</Text>
        <PasswordInput
          label={t('password.label')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('password.show') }}
          autoComplete="off"
          data-autofocus
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onLeave}>
            {t('password.leave')}
          </Button>
          <Button type="submit" disabled={password === ''}>
            {t('password.read')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
