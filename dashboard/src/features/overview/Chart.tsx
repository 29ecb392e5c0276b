import '@mantine/charts/styles.css';
import { AreaChart, BarChart } from '@mantine/charts';
import { Center, Text, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { HistoryPoint } from '~/api/types';
import { useFormat } from '~/i18n/format';
import { CHART_HEIGHT } from './Charts';
import type { HistoryWindow } from './overview-search';

interface ChartProps {
  title: string;
  points: HistoryPoint[];
  series: { name: string; label: string; color: string }[];
  window: HistoryWindow;
  format: (value: number) => string;
  /** Shorter, for the axis. */
  tick?: (value: number) => string;
  bars?: boolean;
  /** Said when all is zero. */
  empty?: string;
}

/** Room for the topmost figure of the axis, and for nothing below the last. */
const CANVAS = { accessibilityLayer: false, margin: { top: 8, bottom: 0 } };

/** One chart over time. What it shows is also there in words, for who cannot see it. */
export function Chart({ title, points, series, window, format, tick = format, bars = false, empty }: ChartProps) {
  const { t } = useTranslation('overview');
  const { time, exactTime } = useFormat();
  const keys = series.map(({ name }) => name as keyof HistoryPoint);
  const values = points.flatMap((point) => keys.map((key) => point[key])).filter((value) => typeof value === 'number');
  // One value makes no line.
  const isAlone = keys.some((key) => points.filter((point) => typeof point[key] === 'number').length === 1);
  const nothing = values.every((value) => value === 0);
  const none = empty ?? t('charts.nothing');
  const label = nothing
    ? `${title}: ${none}`
    : t('charts.inWords', {
        title,
        least: format(Math.min(...values)),
        most: format(Math.max(...values)),
        last: format(values.at(-1)!),
      });
  const common = {
    h: CHART_HEIGHT,
    data: points.map((point) => ({ ...point, at: (window === '5m' ? exactTime : time)(point.at) })),
    dataKey: 'at',
    series,
    withLegend: false,
    tickLine: 'none' as const,
    gridAxis: 'x' as const,
    valueFormatter: format,
    xAxisProps: { minTickGap: 40, interval: 'preserveStartEnd' as const, padding: { left: 4, right: 4 } },
    yAxisProps: {
      width: 48,
      tickFormatter: tick,
      allowDecimals: false,
      domain: [0, nothing ? 1 : 'auto'] as [number, number | 'auto'],
    },
  };

  return (
    <figure style={{ margin: 0, position: 'relative' }}>
      <VisuallyHidden component="figcaption">{label}</VisuallyHidden>
      <div aria-hidden>
        {bars ? (
          <BarChart {...common} type="stacked" maxBarWidth={18} barChartProps={CANVAS} tooltipAnimationDuration={0} />
        ) : (
          <AreaChart
            {...common}
            curveType="monotone"
            strokeWidth={2}
            withDots={isAlone}
            connectNulls
            fillOpacity={0.16}
            areaProps={{ isAnimationActive: false }}
            areaChartProps={CANVAS}
          />
        )}
        {nothing && (
          <Center pos="absolute" inset={0}>
            <Text size="sm" c="dimmed">
              {none}
            </Text>
          </Center>
        )}
      </div>
    </figure>
  );
}
