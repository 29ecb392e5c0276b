import { SimpleGrid, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { historyQuery } from '~/api/queries';
import { Failure } from '~/components/Failure';
import { Panel } from '~/components/Panel';
import { useFormat } from '~/i18n/format';
import { loadPart } from '~/live/load-part';
import type { HistoryWindow } from './overview-search';

/** Recharts is as large as the rest of the view: it comes when the first figures are on screen. */
const Chart = lazy(async () => ({ default: (await loadPart(() => import('./Chart'))).Chart }));

/** Milliseconds between two looks at the history: as often as a new point can be there. */
const REFRESH: Readonly<Record<HistoryWindow, number>> = { '5m': 5_000, '1h': 10_000, '1d': 60_000 };
export const CHART_HEIGHT = 180;

/** Throughput, waiting and outcomes over time. */
export function Charts({ window }: { window: HistoryWindow }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const history = useQuery({ ...historyQuery(window), refetchInterval: REFRESH[window] });
  if (history.error !== null && history.data === undefined) {
    return (
      <Panel>
        <Failure error={history.error} onRetry={() => void history.refetch()} />
      </Panel>
    );
  }
  // Of the last ten seconds too little is known yet: it would look like a drop.
  const points = window === '5m' ? history.data?.points.slice(0, -1) : history.data?.points;
  const seconds = (value: number) => format.duration(value);
  const roughly = (value: number) => format.rough(value, 1);
  const shown = [
    {
      title: t('charts.pages'),
      unit: t('charts.perMinute'),
      series: [{ name: 'pages_per_minute', label: t('charts.pages'), color: 'var(--chart-1)' }],
      format: format.decimal,
    },
    {
      title: t('charts.wait'),
      unit: t('charts.mean'),
      series: [
        { name: 'mean_wait_seconds', label: t('charts.waiting'), color: 'var(--chart-2)' },
        { name: 'mean_task_seconds', label: t('charts.reading'), color: 'var(--chart-5)' },
      ],
      format: seconds,
      tick: roughly,
    },
    {
      title: t('charts.age'),
      unit: t('charts.longest'),
      series: [{ name: 'oldest_wait_seconds', label: t('charts.oldest'), color: 'var(--chart-2)' }],
      format: seconds,
      tick: roughly,
      empty: t('charts.noneWaited'),
    },
    {
      title: t('charts.tasks'),
      unit: t('charts.finished'),
      series: [
        { name: 'tasks_completed', label: t('charts.completed'), color: 'var(--chart-3)' },
        { name: 'tasks_failed', label: t('charts.failed'), color: 'var(--chart-4)' },
      ],
      format: format.integer,
      bars: true,
    },
  ];

  return (
    <SimpleGrid cols={{ base: 1, sm: 2, xl: 4 }} spacing="md">
      {shown.map((chart) => (
        <Panel key={chart.title} title={chart.title} hint={chart.unit}>
          {points === undefined ? (
            <Skeleton height={CHART_HEIGHT} />
          ) : (
            <Suspense fallback={<Skeleton height={CHART_HEIGHT} />}>
              <Chart {...chart} points={points} window={window} />
            </Suspense>
          )}
        </Panel>
      ))}
    </SimpleGrid>
  );
}
