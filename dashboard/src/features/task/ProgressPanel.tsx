import { Alert, Group, Progress, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isFinal, type Task, type TaskStatus } from '~/api/types';
import { Panel } from '~/components/Panel';
import { ServerDetail } from '~/components/ServerDetail';
import { needsPassword } from '~/components/task-action-look';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import { useProviderName } from '~/i18n/names';
import { useNow } from '~/live/live';
import classes from './Task.module.css';
import { workedSeconds } from './worked-seconds';

/** How far the task is, how long it still takes or took, and why it is held or failed if it is or did. */
export function ProgressPanel({ task }: { task: Task }) {
  const { t } = useTranslation('task');
  const { t: common } = useTranslation();
  const format = useFormat();
  const words = useErrorWords();
  const providerName = useProviderName();
  const now = useNow(1000);
  const { total, done, failed } = task.pages;
  const share = (pages: number) => (total ? (100 * pages) / total : 0);
  // Its bar would say nearly done where nothing was read.
  const reached = task.status === 'failed' ? share(done) / 100 : task.progress;
  const elapsed = workedSeconds(task, now);
  const facts = [
    [
      t('facts.pages'),
      total === null
        ? '–'
        : failed > 0
          ? `${format.integer(done)} / ${format.integer(total)} · ${common('progress.failed', { count: failed })}`
          : `${format.integer(done)} / ${format.integer(total)}`,
    ],
    [task.finished_at === null ? t('facts.since') : t('facts.took'), elapsed === null ? '–' : format.duration(elapsed)],
    [
      t('facts.left'),
      isFinal(task.status) || task.eta_seconds === null ? '–' : format.duration(Math.max(1, Math.round(task.eta_seconds))),
    ],
    [t('facts.runs'), format.integer(task.run)],
  ];

  return (
    <Panel>
      <Group justify="space-between" align="baseline" mb={8}>
        <Text className={`numbers ${classes.percent}`}>{format.percent(reached)}</Text>
        <Text size="sm" c="dimmed" className="numbers">
          {total === null
            ? isFinal(task.status)
              ? ''
              : common('progress.opening')
            : common('progress.label', { done: format.integer(done), total: format.integer(total), count: total })}
        </Text>
      </Group>
      <Progress.Root size={10} radius="xl">
        <Progress.Section
          value={total === null ? reached * 100 : share(done)}
          color={barColour(task.status)}
          aria-label={common('progress.of', { name: task.name })}
        />
        <Progress.Section value={share(failed)} color="var(--bad)" withAria={false} />
      </Progress.Root>
      <dl className={classes.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="numbers">{value}</dd>
          </div>
        ))}
      </dl>
      {task.held && (
        <Alert
          color="yellow"
          mt="md"
          icon={<IconPlugConnectedX size={18} aria-hidden />}
          title={common('held.by', { provider: providerName(task.options.ocr_provider) })}
          classNames={{ title: classes.alertTitle }}
        >
          {t('held')}
        </Alert>
      )}
      {task.error !== null && (
        <Alert
          color="red"
          mt="md"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title={words(task.error).title}
          classNames={{ title: classes.alertTitle }}
        >
          {t(needsPassword(task) ? 'error.password' : task.error.retryable ? 'error.maybe' : 'error.same')}
          <ServerDetail text={words(task.error).detail} />
        </Alert>
      )}
    </Panel>
  );
}

function barColour(status: TaskStatus): string {
  if (status === 'completed' || status === 'completed_with_errors') return 'var(--state-completed)';
  return status === 'running' || status === 'queued' ? 'var(--state-running)' : 'var(--state-cancelled)';
}
