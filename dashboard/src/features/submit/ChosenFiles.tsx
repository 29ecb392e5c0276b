import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconSend, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { providersQuery } from '~/api/queries';
import { Panel } from '~/components/Panel';
import { useFormat } from '~/i18n/format';
import { useLanguageName } from '~/i18n/names';
import classes from './Submit.module.css';
import type { SubmitOptions } from './submit-options';
import { uploads, useUploads } from './uploads';

/** The files chosen so far, and the button that sends them, beside the two choices that are regretted most. */
export function ChosenFiles({ options, disabled }: { options: SubmitOptions; disabled: boolean }) {
  const { t } = useTranslation('submit');
  const { t: common } = useTranslation();
  const format = useFormat();
  const languageName = useLanguageName();
  const usual = useQuery(providersQuery).data?.default_language;
  const language = options.languages.length === 0 ? usual : options.languages.join('+');
  const files = useUploads().filter(({ state }) => state === 'chosen');
  if (files.length === 0) return null;

  return (
    <Panel
      title={t('chosen.title')}
      hint={t('chosen.hint')}
      action={
        <Button size="compact-sm" variant="subtle" onClick={() => uploads.leaveOut()}>
          {t('chosen.clear')}
        </Button>
      }
    >
      <ul className={classes.list}>
        {files.map(({ id, file }) => (
          <li key={id} className={classes.item}>
            <div style={{ minWidth: 0 }}>
              <Text className={classes.name}>{file.name}</Text>
              <Text size="xs" c="dimmed" className="numbers">
                {format.bytes(file.size)}
              </Text>
            </div>
            <ActionIcon aria-label={t('chosen.remove', { name: file.name })} onClick={() => uploads.leaveOut(id)}>
              <IconX size={18} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <Group mt="md" gap="sm" justify="space-between">
        <Button leftSection={<IconSend size={17} aria-hidden />} disabled={disabled} onClick={() => uploads.start(options)}>
          {t('chosen.submit', { count: files.length })}
        </Button>
        <Text size="sm" c="dimmed">
          {language !== undefined &&
            t('chosen.how', {
              language: languageName(language, 'inText'),
              priority: common(`priority.${options.priority}`),
            })}
        </Text>
      </Group>
    </Panel>
  );
}
