import { Button, Stack, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, dataOf } from '~/api/client';
import { Panel } from '~/components/Panel';
import { toastDone } from '~/components/toasts';
import { useErrorWords } from '~/i18n/error-words';
import { toRequest, type SubmitOptions } from './submit-options';

/** Hands in a document the server can reach itself: a path of its own, or an address. */
export function PathForm({ options, disabled }: { options: SubmitOptions; disabled: boolean }) {
  const { t } = useTranslation('submit');
  const words = useErrorWords();
  const navigate = useNavigate();
  const [place, setPlace] = useState('');
  const isAddress = /^https?:\/\//i.test(place.trim());

  const submit = useMutation({
    mutationFn: () => {
      const where = isAddress ? { document_url: place.trim() } : { document_path: place.trim() };
      return dataOf(api.POST('/api/ocr/tasks', { body: { ...where, ...toRequest(options) } }));
    },
    onSuccess: ({ task_id }) => {
      toastDone({
        message: t('path.done', { place: place.trim() }),
        undo: { label: t('path.show'), run: () => void navigate({ to: '/tasks/$taskId', params: { taskId: task_id } }) },
      });
      setPlace('');
    },
  });

  return (
    <Panel>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('path.label')}
            description={t('path.how')}
            placeholder="/srv/scans/contract.pdf"
            value={place}
            onChange={(event) => {
              setPlace(event.currentTarget.value);
              submit.reset();
            }}
            error={submit.error === null ? undefined : words(submit.error).title}
            required
          />
          <Button
            type="submit"
            leftSection={<IconSend size={17} aria-hidden />}
            loading={submit.isPending}
            disabled={disabled || place.trim() === ''}
            style={{ alignSelf: 'flex-start' }}
          >
            {t('path.submit')}
          </Button>
        </Stack>
      </form>
    </Panel>
  );
}
