import { Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isFinal, type TaskSummary } from '~/api/types';
import { useFormat } from '~/i18n/format';
import { HeldMark } from './HeldMark';

/** How far a task has come: a bar, its pages, what is left, or that it is held. Takes the same room in every state. */
export function TaskProgress({ task, size = 6 }: { task: TaskSummary; size?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { total, done, failed } = task.pages;
  const share = (pages: number) => (total ? (100 * pages) / total : 0);
  const doneShare = total ? share(done) : task.progress * 100;
  const quiet = task.status === 'cancelled' || task.status === 'paused' || task.status === 'failed';

  return (
    <Stack gap={5}>
      <Progress.Root size={size} aria-hidden>
        <Progress.Section value={doneShare} color={quiet ? 'var(--state-cancelled)' : barColour(task)} />
        <Progress.Section value={share(failed)} color="var(--bad)" />
      </Progress.Root>
      <Group justify="space-between" gap="xs" wrap="nowrap" className="numbers">
        <Text size="xs" c="dimmed" truncate>
          {words()}
        </Text>
        {task.held && <HeldMark />}
        {task.status === 'running' && task.eta_seconds !== null && !task.held && failed === 0 && (
          <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            {t('progress.left', { time: format.rough(Math.max(1, Math.round(task.eta_seconds))) })}
          </Text>
        )}
      </Group>
    </Stack>
  );

  function words(): string {
    if (total === null) return task.status === 'running' ? t('progress.opening') : ' ';
    const soFar = t('progress.label', { done: format.integer(done), total: format.integer(total), count: total });
    if (failed > 0) return `${soFar} · ${t('progress.failed', { count: failed })}`;
    if (isFinal(task.status) && done === total) return t('pages', { count: total });
    return soFar;
  }
}

function barColour(task: TaskSummary): string {
  return isFinal(task.status) ? 'var(--state-completed)' : 'var(--state-running)';
}
