import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { apiKey } from '~/api/api-key';

/** Asks for an API key when the server wants one. */
export function ApiKeyForm() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const demand = useSyncExternalStore(apiKey.subscribe, apiKey.demand);
  const [key, setKey] = useState('');

  const enter = () => {
    apiKey.set(key.trim());
    setKey('');
    void queries.resetQueries();
  };

  return (
    <Modal opened={demand !== 'none'} onClose={() => {}} withCloseButton={false} title={t('apiKey.title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== '') enter();
        }}
      >
        <Stack>
          <Text size="sm">{t('apiKey.why')}</Text>
          <PasswordInput
            label={t('apiKey.label')}
            value={key}
            error={demand === 'wrong' && key === '' ? t('apiKey.wrong') : undefined}
            onChange={(event) => setKey(event.currentTarget.value)}
            data-autofocus
            required
          />
          <Button type="submit">{t('apiKey.enter')}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
