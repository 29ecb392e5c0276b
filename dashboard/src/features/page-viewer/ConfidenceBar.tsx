import { ActionIcon, Group, Slider, Text, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import { BANDS, countBands, rangeOf } from './bands';
import classes from './ConfidenceBar.module.css';
import type { Word } from './reading';

interface ConfidenceBarProps {
  words: readonly Word[];
  threshold: number;
  onThreshold: (threshold: number) => void;
  onStep: (direction: 1 | -1) => void;
}

/** From which confidence on words count as doubtful, what the colours mean, and the way from one doubtful word to the next. */
export function ConfidenceBar({ words, threshold, onThreshold, onStep }: ConfidenceBarProps) {
  const { t } = useTranslation('page');
  const format = useFormat();
  const counts = useMemo(() => countBands(words, threshold), [words, threshold]);
  const doubtful = counts.doubtful + counts.lost;
  const percent = (confidence: number) => format.percent(Math.round(confidence) / 100);

  return (
    <div className={classes.bar}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" id="threshold-label" className={classes.label}>
          {t('confidence.threshold', { threshold: percent(threshold) })}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Text size="sm" fw={560} mr={4} className="numbers" aria-live="polite">
            {t('confidence.doubtful', { count: doubtful, shown: format.integer(doubtful) })}
          </Text>
          <Tooltip label={`${t('confidence.previous')} (Shift + n)`}>
            <ActionIcon size="md" aria-label={t('confidence.previous')} disabled={doubtful === 0} onClick={() => onStep(-1)}>
              <IconChevronUp size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={`${t('confidence.next')} (n)`}>
            <ActionIcon size="md" aria-label={t('confidence.next')} disabled={doubtful === 0} onClick={() => onStep(1)}>
              <IconChevronDown size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <div onKeyDown={(event) => event.key.startsWith('Arrow') && event.stopPropagation()}>
        <Slider
          value={threshold}
          onChange={onThreshold}
          min={0}
          max={100}
          size="sm"
          label={null}
          thumbProps={{ 'aria-labelledby': 'threshold-label' }}
        />
      </div>
      <ul className={classes.legend} aria-label={t('confidence.legend')}>
        {BANDS.map((band) => {
          const range = rangeOf(band, threshold);
          if (range === null) return null;
          return (
            <li key={band}>
              <span className={classes.swatch} data-band={band} aria-hidden />
              {t(`confidence.bands.${band}`)}
              <span className={classes.range}>
                {range.to === 100 ? `≥ ${percent(range.from)}` : `${Math.round(range.from)}–${percent(range.to)}`}
              </span>
              <b className="numbers">{format.integer(counts[band])}</b>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
