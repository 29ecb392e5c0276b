import { Button, Stack } from '@mantine/core';
import { IconFileUpload, IconSearchOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { tasksQuery } from '~/api/queries';
import { isFiltered, type TaskListFilter } from '~/api/task-filter';
import { useShortcuts } from '~/app/shortcuts';
import { useDeletedIds } from '~/components/deletions';
import { Empty } from '~/components/Empty';
import { Failure } from '~/components/Failure';
import { PageHeader } from '~/components/PageHeader';
import { usePollingFallback } from '~/live/live';
import { BulkBar } from './BulkBar';
import { Filters, focusSearch } from './Filters';
import { LiveControls } from './LiveControls';
import { TaskTable } from './TaskTable';
import { useCurrentRows } from './use-current-rows';
import { useFrozen } from './use-frozen';
import { useNewTasks } from './use-new-tasks';
import { useSelection } from './use-selection';

const route = getRouteApi('/tasks');

/** All tasks: found, sorted, watched, and changed one by one or many at once. */
export function Tasks() {
  const { t } = useTranslation('tasks');
  const filter = route.useSearch();
  const navigate = useNavigate();
  const change = useCallback((next: TaskListFilter) => void navigate({ to: '/tasks', search: next, replace: true }), [navigate]);

  const polling = usePollingFallback();
  const list = useInfiniteQuery({
    ...tasksQuery(filter),
    // Fetched anew only when the reader wants it, so that no row moves under the pointer: what is shown is kept up to date in its place.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchInterval: ({ state }) => (state.data === undefined ? polling : false),
  });
  const deleted = useDeletedIds();
  const live = useMemo(
    () => list.data?.pages.flatMap((page) => page.tasks).filter(({ task_id }) => !deleted.has(task_id)),
    [list.data, deleted],
  );
  useCurrentRows(filter, live);
  const frozen = useFrozen(live);
  const tasks = frozen.value;
  const newer = useNewTasks(filter, live, () => void list.refetch());
  const selection = useSelection(tasks, filter);
  const { holding, toggle } = frozen;

  useShortcuts([
    { keys: '/', label: 'search', run: focusSearch },
    { keys: 'n', label: 'newer', run: newer.show },
    { keys: 'l', label: 'pauseLive', run: toggle },
    { keys: 'mod+shift+A', label: 'selectAll', run: selection.selectAllShown },
    { keys: 'Escape', label: 'clearSelection', run: selection.clear },
  ]);

  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')}>
        <LiveControls holding={holding} onToggle={toggle} newer={newer} />
        <Button component={Link} to="/submit" visibleFrom="sm" leftSection={<IconFileUpload size={17} aria-hidden />}>
          {t('submit')}
        </Button>
      </PageHeader>
      <Stack gap="md">
        <Filters filter={filter} onChange={change} />
        {list.error !== null && tasks === undefined ? (
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        ) : tasks !== undefined && tasks.length === 0 ? (
          <div className="panel">
            {isFiltered(filter) ? (
              <Empty Icon={IconSearchOff} title={t('empty.filtered')} text={t('empty.filteredText')}>
                <Button variant="light" onClick={() => change({})}>
                  {t('filters.clear')}
                </Button>
              </Empty>
            ) : (
              <Empty Icon={IconFileUpload} title={t('empty.title')} text={t('empty.text')}>
                <Button component={Link} to="/submit">
                  {t('submit')}
                </Button>
              </Empty>
            )}
          </div>
        ) : (
          <TaskTable tasks={tasks} filter={filter} onChange={change} selection={selection} />
        )}
        {list.hasNextPage && (
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()} mx="auto">
            {t('more')}
          </Button>
        )}
      </Stack>
      <BulkBar selection={selection} filter={filter} onDone={() => void list.refetch()} />
    </>
  );
}
