import { Grid, Group, Stack, Tabs } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { taskQuery } from '~/api/queries';
import { useShortcuts } from '~/app/shortcuts';
import { Failure } from '~/components/Failure';
import { Ago } from '~/components/Moment';
import { PageHeader } from '~/components/PageHeader';
import { PriorityMark } from '~/components/PriorityMark';
import { StatusBadge } from '~/components/StatusBadge';
import { useTaskActions } from '~/components/use-task-actions';
import { ViewSkeleton } from '~/components/ViewSkeleton';
import { useTaskPolling } from '~/live/live';
import { Details } from './Details';
import { Downloads } from './Downloads';
import { PageMap } from './PageMap';
import { ProgressPanel } from './ProgressPanel';
import { TABS, type TaskTab } from './task-search';
import { TaskButtons } from './TaskButtons';
import classes from './Task.module.css';
import { Timeline } from './Timeline';

const route = getRouteApi('/tasks/$taskId');

/** Everything about one task. */
export function TaskView() {
  const { t } = useTranslation('task');
  const { taskId } = route.useParams();
  const { tab = 'pages' } = route.useSearch();
  const navigate = useNavigate();
  const actions = useTaskActions();
  const polling = useTaskPolling();
  const query = useQuery({ ...taskQuery(taskId), refetchInterval: ({ state }) => polling(state.data?.held ?? false) });
  const task = query.data;
  const show = (next: TaskTab) =>
    void navigate({ to: '/tasks/$taskId', params: { taskId }, search: next === 'pages' ? {} : { tab: next }, replace: true });

  useShortcuts([
    {
      keys: 'p',
      label: 'pauseOrResume',
      run: () => {
        if (task?.status === 'paused') actions.run('resume', task);
        else if (task?.status === 'running' || task?.status === 'queued') actions.run('pause', task);
      },
    },
    {
      keys: 'r',
      label: 'retry',
      run: () => {
        if (task?.status === 'failed' || task?.status === 'completed_with_errors') actions.run('retry', task);
      },
    },
    { keys: 't', label: 'nextTab', run: () => show(TABS[(TABS.indexOf(tab) + 1) % TABS.length]!) },
  ]);

  const back = (
    <Link to="/tasks" className={classes.back}>
      <IconChevronLeft size={16} aria-hidden />
      {t('back')}
    </Link>
  );
  if (task === undefined) {
    if (query.error === null) return <ViewSkeleton />;
    return (
      <>
        {back}
        <Failure error={query.error} onRetry={() => void query.refetch()} isView />
      </>
    );
  }
  return (
    <>
      {back}
      <PageHeader
        title={task.name}
        subtitle={
          <Group gap="md" mt={4}>
            <span aria-live="polite">
              <StatusBadge status={task.status} />
            </span>
            <PriorityMark priority={task.priority} />
            <span>
              {t('added')} <Ago at={task.created_at} />
            </span>
          </Group>
        }
      >
        <TaskButtons task={task} />
      </PageHeader>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            <ProgressPanel task={task} />
            <Tabs value={tab} onChange={(value) => show(value as TaskTab)} keepMounted={false}>
              <Tabs.List mb="md">
                {TABS.map((each) => (
                  <Tabs.Tab key={each} value={each}>
                    {t(`tabs.${each}`)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              <Tabs.Panel value="pages">
                <PageMap task={task} />
              </Tabs.Panel>
              <Tabs.Panel value="timeline">
                <Timeline taskId={taskId} />
              </Tabs.Panel>
              <Tabs.Panel value="details">
                <Details task={task} />
              </Tabs.Panel>
            </Tabs>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Downloads task={task} />
        </Grid.Col>
      </Grid>
    </>
  );
}
