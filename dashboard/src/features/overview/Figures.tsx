import { Group, SimpleGrid, Skeleton, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TaskListFilter } from '~/api/task-filter';
import type { Stats, TaskStatus } from '~/api/types';
import { STATUS_ICONS } from '~/components/StatusBadge';
import { useFormat } from '~/i18n/format';
import classes from './Figures.module.css';
import type { HistoryWindow } from './overview-search';

/** The four numbers an operator looks at first. Each leads to the tasks it counts: those done of late lead the list of all that are done. */
export function Figures({ stats, window }: { stats: Stats | undefined; window: HistoryWindow }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const counts = stats?.tasks_by_status;
  const past = stats && { '5m': stats.last_5_minutes, '1h': stats.last_hour, '1d': stats.last_day }[window];
  const oldest = stats?.queue.oldest_wait_seconds;

  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      <Figure
        status="running"
        label={t('figures.running')}
        value={counts?.running}
        hint={stats && t('figures.atOnce', { count: stats.max_concurrent_tasks })}
        filter={{ status: ['running'] }}
      />
      <Figure
        status="queued"
        label={t('figures.waiting')}
        value={counts?.queued}
        hint={
          stats &&
          (typeof oldest === 'number' && counts && counts.queued > 0
            ? t('figures.oldest', { time: format.duration(Math.round(oldest)) })
            : t('figures.nobodyWaits'))
        }
        filter={{ status: ['queued'] }}
      />
      <Figure
        status="completed"
        label={t(`figures.completed.${window}`)}
        value={past && past.tasks_completed + past.tasks_completed_with_errors}
        hint={past && t('figures.pages', { count: past.pages, pages: format.compact(past.pages) })}
        filter={{ status: ['completed', 'completed_with_errors'], sort: '-finished_at' }}
      />
      <Figure
        status="failed"
        label={t('figures.failed')}
        value={counts?.failed}
        hint={counts && t('figures.gaps', { count: counts.completed_with_errors })}
        filter={{ status: ['failed'] }}
      />
    </SimpleGrid>
  );
}

interface FigureProps {
  status: TaskStatus;
  label: string;
  value: number | undefined;
  hint: string | undefined;
  filter: TaskListFilter;
}

function Figure({ status, label, value, hint, filter }: FigureProps) {
  const format = useFormat();
  const StatusIcon = STATUS_ICONS[status];
  const idle = value === 0 && status === 'failed';
  return (
    <Link to="/tasks" search={filter} className={`panel ${classes.figure}`}>
      <Group gap={8} wrap="nowrap">
        <StatusIcon size={18} stroke={1.9} color={`var(--state-${idle ? 'completed' : status})`} aria-hidden />
        <Text size="sm" c="dimmed" fw={520} truncate title={label}>
          {label}
        </Text>
      </Group>
      {value === undefined ? (
        <Skeleton height={30} width={64} my={5} />
      ) : (
        <Text className={`numbers ${classes.value}`}>{format.integer(value)}</Text>
      )}
      <Text size="xs" c="dimmed" className="numbers" mih={18}>
        {hint}
      </Text>
    </Link>
  );
}
