import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Task } from '~/api/types';
import { CopySign } from '~/components/CopySign';
import { At } from '~/components/Moment';
import { Panel } from '~/components/Panel';
import { useFormat } from '~/i18n/format';
import { useLanguageName, useProviderName } from '~/i18n/names';
import { curlOf } from './curl';
import classes from './Task.module.css';
import { useChosenExtras } from './use-chosen-extras';
import { Webhooks } from './Webhooks';

/** How the task was asked for, what its caller wrote to it, and the commands that do the same. */
export function Details({ task }: { task: Task }) {
  const { t } = useTranslation('task');
  const { t: submit } = useTranslation('submit');
  const { t: common } = useTranslation();
  const format = useFormat();
  const languageName = useLanguageName();
  const providerName = useProviderName();
  const extrasOf = useChosenExtras();
  const { options, source } = task;
  const where = { path: source.path, url: source.url, upload: source.size === undefined ? '' : format.bytes(source.size) }[
    source.kind
  ];
  const formats = options.formats.map((name) => common(`format.${name}`, { defaultValue: name })).join(', ');
  const delivered = Object.values(task.results).flatMap(({ delivered_to }) => delivered_to ?? []);
  const [ordinary, longer] = [options.chunk_size, options.text_chunk_size ?? options.chunk_size].map((count) =>
    common('pages', { count }),
  );
  const chunks = longer === ordinary ? ordinary : t('details.chunks', { pages: ordinary, text: longer });
  const { requested_provider: asked } = options;
  const provider = providerName(options.ocr_provider);
  const reader = asked === undefined ? provider : t('details.standIn', { provider, requested: providerName(asked) });
  const chosen: [string, ReactNode][] = [
    [
      t('details.source'),
      where ? t('details.place', { kind: t(`details.kinds.${source.kind}`), where }) : t(`details.kinds.${source.kind}`),
    ],
    [t('details.language'), languageName(options.language)],
    [t('details.provider'), reader],
    [t('details.mode'), submit(`options.modes.${options.mode}.label`)],
    [t('details.pages'), options.pages ?? t('details.allPages')],
    [t('details.formats'), formats],
    [t('details.chunk'), chunks],
    [t('details.dpi'), options.dpi ? format.integer(options.dpi) : t('details.autoDpi')],
    ...extrasOf(task),
    ...(options.output_path === undefined
      ? []
      : [[t('details.output'), delivered.length > 0 ? delivered.join(', ') : options.output_path] as [string, ReactNode]]),
  ];
  const times: [string, ReactNode][] = [
    [t('details.created'), <At key="created" at={task.created_at} />],
    [t('details.started'), task.started_at === null ? '–' : <At key="started" at={task.started_at} />],
    [t('details.finished'), task.finished_at === null ? '–' : <At key="finished" at={task.finished_at} />],
    ...(task.tenant === null ? [] : [[t('details.tenant'), task.tenant] as [string, ReactNode]]),
    [t('details.id'), <Copyable key="id" text={task.task_id} label={t('details.copyId')} />],
  ];
  const metadata = Object.entries(task.metadata).map(([key, value]): [string, ReactNode] => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);

  return (
    <Stack gap="md">
      <Panel title={t('details.options')}>
        <Pairs pairs={chosen} />
      </Panel>
      <Webhooks taskId={task.task_id} status={task.status} />
      <Panel title={t('details.metadata')}>
        {metadata.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t('details.noMetadata')}
          </Text>
        ) : (
          <Pairs pairs={metadata} />
        )}
      </Panel>
      <Panel title={t('details.times')}>
        <Pairs pairs={times} />
      </Panel>
      <Panel title={t('details.commands')} hint={t('details.commandsHow')}>
        <Stack gap="md">
          {curlOf(task, window.location.origin).map(({ what, command, lacks }) => (
            <div key={what}>
              <Group justify="space-between" mb={4}>
                <Text size="sm">{t(`curl.${what}`)}</Text>
                <CopySign text={command} label={t('details.copyCommand')} />
              </Group>
              {lacks !== undefined && (
                <Text size="xs" c="dimmed" mb={6}>
                  {t(`curl.lacks.${lacks}`)}
                </Text>
              )}
              <pre className={classes.command} tabIndex={0} aria-label={t(`curl.${what}`)}>
                {command}
              </pre>
            </div>
          ))}
        </Stack>
      </Panel>
    </Stack>
  );
}

function Pairs({ pairs }: { pairs: [string, ReactNode][] }) {
  return (
    <dl className={classes.pairs}>
      {pairs.map(([label, value]) => (
        <div key={label} style={{ display: 'contents' }}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <Group gap={4}>
      <Text component="span" size="sm" ff="monospace">
        {text}
      </Text>
      <CopySign text={text} label={label} />
    </Group>
  );
}
