import { Grid, SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { statsQuery } from '~/api/queries';
import { Failure } from '~/components/Failure';
import { PageHeader } from '~/components/PageHeader';
import { usePollingFallback } from '~/live/live';
import { Attention } from './Attention';
import { Charts } from './Charts';
import { Figures } from './Figures';
import classes from './lists.module.css';
import { Nodes } from './Nodes';
import { WINDOWS, type HistoryWindow } from './overview-search';
import { WorkingNow } from './WorkingNow';

const route = getRouteApi('/');

/** What runs, waits and failed, how fast it goes, on which machines, and what needs a hand. */
export function Overview() {
  const { t } = useTranslation('overview');
  const { window = '1h' } = route.useSearch();
  const navigate = useNavigate();
  const stats = useQuery({ ...statsQuery, refetchInterval: usePollingFallback() });

  if (stats.error !== null && stats.data === undefined) {
    return <Failure error={stats.error} onRetry={() => void stats.refetch()} isView />;
  }
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')}>
        <SegmentedControl
          aria-label={t('window.label')}
          value={window}
          onChange={(value) =>
            void navigate({ to: '/', search: (before) => ({ ...before, window: value as HistoryWindow }), replace: true })
          }
          data={WINDOWS.map((each) => ({ value: each, label: t(`window.${each}`) }))}
        />
      </PageHeader>
      <Stack gap="md">
        <Figures stats={stats.data} window={window} />
        <div className={classes.later}>
          <Charts window={window} />
        </div>
        <Grid gap="md">
          <Grid.Col span={{ base: 12, lg: 6 }}>
            <Attention />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 6 }}>
            <WorkingNow stats={stats.data} />
          </Grid.Col>
        </Grid>
        <div className={classes.later}>
          <Nodes nodes={stats.data?.nodes} />
        </div>
      </Stack>
    </>
  );
}
