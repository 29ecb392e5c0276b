import { Button } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fewTasksQuery } from '~/api/queries';
import type { Stats } from '~/api/types';
import { Empty } from '~/components/Empty';
import { Failure } from '~/components/Failure';
import { Panel } from '~/components/Panel';
import { TaskProgress } from '~/components/TaskProgress';
import { usePollingFallback } from '~/live/live';
import { ListSkeleton } from './Attention';
import classes from './lists.module.css';

const MOST = 6;

/** The tasks being worked on. */
export function WorkingNow({ stats }: { stats: Stats | undefined }) {
  const { t } = useTranslation('overview');
  const tasks = useQuery({
    ...fewTasksQuery({ status: ['running'], sort: 'priority' }, MOST),
    refetchInterval: usePollingFallback(),
  });
  const running = tasks.data?.filter(({ status }) => status === 'running');
  const queued = stats?.tasks_by_status.queued ?? 0;

  return (
    <Panel
      title={t('working.title')}
      h="100%"
      action={
        queued > 0 && (
          <Link to="/tasks" search={{ status: ['queued'] }} className={classes.all}>
            {t('working.queued', { count: queued })}
          </Link>
        )
      }
    >
      {tasks.error !== null && running === undefined ? (
        <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />
      ) : running === undefined ? (
        <ListSkeleton />
      ) : running.length === 0 ? (
        <Empty Icon={IconFileUpload} title={t('working.none')} text={t('working.noneText')}>
          <Button component={Link} to="/submit">
            {t('working.submit')}
          </Button>
        </Empty>
      ) : (
        <ul className={classes.list}>
          {running.map((task) => (
            <li key={task.task_id} className={classes.item}>
              <div className={classes.text}>
                <Link to="/tasks/$taskId" params={{ taskId: task.task_id }} className={classes.name}>
                  {task.name}
                </Link>
                <TaskProgress task={task} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
