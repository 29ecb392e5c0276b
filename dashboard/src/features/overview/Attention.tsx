import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconMoodSmile, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fewTasksQuery } from '~/api/queries';
import type { TaskSummary } from '~/api/types';
import { useDeletedIds } from '~/components/deletions';
import { Empty } from '~/components/Empty';
import { Failure } from '~/components/Failure';
import { Ago } from '~/components/Moment';
import { Panel } from '~/components/Panel';
import { StatusBadge } from '~/components/StatusBadge';
import { useTaskActions } from '~/components/use-task-actions';
import { useErrorWords } from '~/i18n/error-words';
import { usePollingFallback } from '~/live/live';
import classes from './lists.module.css';

const FILTER = {
  status: ['failed', 'completed_with_errors'] as const satisfies TaskSummary['status'][],
  sort: '-finished_at' as const,
};
const MOST = 5;

/** The tasks that did not go well, the latest first, with the one button that helps. */
export function Attention() {
  const { t } = useTranslation('overview');
  const deleted = useDeletedIds();
  const tasks = useQuery({
    ...fewTasksQuery({ ...FILTER, status: [...FILTER.status] }, MOST),
    refetchInterval: usePollingFallback(),
  });
  const shown = tasks.data?.filter(({ task_id }) => !deleted.has(task_id));
  return (
    <Panel
      title={t('attention.title')}
      h="100%"
      action={
        shown !== undefined &&
        shown.length > 0 && (
          <Link to="/tasks" search={{ status: [...FILTER.status] }} className={classes.all}>
            {t('attention.all')}
          </Link>
        )
      }
    >
      {tasks.error !== null && shown === undefined ? (
        <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />
      ) : shown === undefined ? (
        <ListSkeleton />
      ) : shown.length === 0 ? (
        <Empty Icon={IconMoodSmile} title={t('attention.none')} text={t('attention.noneText')} />
      ) : (
        <Stack gap={0} component="ul" className={classes.list}>
          {shown.map((task) => (
            <Trouble key={task.task_id} task={task} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function Trouble({ task }: { task: TaskSummary }) {
  const { t } = useTranslation('overview');
  const { t: common } = useTranslation();
  const actions = useTaskActions();
  const words = useErrorWords();
  const reason = task.error !== null ? words(task.error).title : common('progress.failed', { count: task.pages.failed });
  return (
    <li className={classes.item}>
      <div className={classes.text}>
        <Link to="/tasks/$taskId" params={{ taskId: task.task_id }} className={classes.name}>
          {task.name}
        </Link>
        <Group gap="xs">
          <StatusBadge status={task.status} />
          {task.finished_at !== null && (
            <Text size="xs" c="dimmed">
              <Ago at={task.finished_at} />
            </Text>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {reason}
        </Text>
      </div>
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<IconRefresh size={15} aria-hidden />}
        aria-label={t('attention.retryOne', { name: task.name })}
        onClick={() => actions.run('retry', task)}
      >
        {t('attention.retry')}
      </Button>
    </li>
  );
}

export function ListSkeleton() {
  return (
    <Stack gap="md" aria-busy>
      {[0, 1, 2].map((line) => (
        <Skeleton key={line} height={44} />
      ))}
    </Stack>
  );
}
