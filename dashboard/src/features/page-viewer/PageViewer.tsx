import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { IconFileUnknown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { pagesQuery, taskQuery } from '~/api/queries';
import { isFinal } from '~/api/types';
import { NothingHere } from '~/app/NothingHere';
import { Empty } from '~/components/Empty';
import { Failure } from '~/components/Failure';
import { ViewSkeleton } from '~/components/ViewSkeleton';
import { usePollingFallback } from '~/live/live';
import { OnePage } from './OnePage';

const route = getRouteApi('/tasks/$taskId/pages/$page');

/** Milliseconds between two looks while pages are being read: single pages are not told over the socket. */
const REFRESH_MS = 1500;

/** The diagnosis of one page: its image beside its text. */
export function PageViewer() {
  const { t } = useTranslation('page');
  const { taskId, page } = route.useParams();
  const polling = usePollingFallback();
  const task = useQuery({ ...taskQuery(taskId), refetchInterval: polling });
  const pages = useQuery({
    ...pagesQuery(taskId),
    refetchInterval: task.data && !isFinal(task.data.status) ? REFRESH_MS : polling,
  });

  const error = task.error ?? pages.error;
  if (task.data === undefined || pages.data === undefined) {
    const retry = () => void Promise.all([task.refetch(), pages.refetch()]);
    return error === null ? <ViewSkeleton /> : <Failure error={error} onRetry={retry} isView />;
  }
  if (pages.data.pages.length === 0) {
    const key = isFinal(task.data.status) ? 'never' : 'opening';
    return <Empty Icon={IconFileUnknown} title={t(`state.${key}.title`)} text={t(`state.${key}.text`)} isView />;
  }
  const shown = pages.data.pages.find((each) => String(each.page) === page);
  if (shown === undefined) return <NothingHere />;
  return <OnePage key={taskId} task={task.data} pages={pages.data.pages} page={shown} />;
}
