import { Button, Group, Loader, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import { useLanguageName, useProviderName } from '~/i18n/names';
import classes from './Comparison.module.css';
import type { WordDifference } from './diff-words';
import { PageText } from './PageText';
import type { PageWords, Reading } from './reading';
import { isEnded, type LaterReading } from './readings';
import type { WordChoice } from './use-word-choice';

/** One side: a reading, its words, and how it is pointed at. */
export interface Side {
  reading: Reading | null;
  text: PageWords;
  choice: WordChoice;
}

interface ComparisonProps {
  present: Side;
  other: Side;
  later: LaterReading;
  /** Whether it is the one in the result already. */
  isPresent: boolean;
  difference: WordDifference;
  threshold: number;
  busy: boolean;
  onAccept: () => void;
  onClose: () => void;
}

/** A new reading beside the one in the result; words that only one of them has are framed. */
export function Comparison({
  present,
  other,
  later,
  isPresent,
  difference,
  threshold,
  busy,
  onAccept,
  onClose,
}: ComparisonProps) {
  const { t } = useTranslation('page');
  const { t: common } = useTranslation();
  const differing = difference.onlySecond.size + difference.onlyFirst.size;
  const otherTitle = t(later.original ? 'compare.original' : 'compare.other');

  return (
    <div className={classes.comparison}>
      <Group justify="space-between" className={classes.head} gap="xs" role="status">
        <Text size="sm" fw={560}>
          {!isEnded(later)
            ? t('compare.reading')
            : differing === 0
              ? t('compare.same')
              : t('compare.differing', { count: differing })}
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<IconX size={15} aria-hidden />} onClick={onClose}>
            {common('close')}
          </Button>
          <Button
            size="xs"
            leftSection={<IconCheck size={16} aria-hidden />}
            disabled={(later.state !== 'done' && !later.original) || isPresent}
            loading={busy}
            onClick={onAccept}
          >
            {t(later.original ? 'compare.back' : 'compare.accept')}
          </Button>
        </Group>
      </Group>
      <div className={classes.sides}>
        <div className={classes.side}>
          <SideHead title={t('compare.present')} reading={present.reading} against={null} />
          <SideText {...present} threshold={threshold} differing={difference.onlyFirst} label={t('compare.present')} />
        </div>
        <div className={classes.side}>
          <SideHead title={otherTitle} reading={other.reading} against={present.reading} />
          {!isEnded(later) ? (
            <div className={classes.calm}>
              <Loader size="sm" aria-label={t('compare.reading')} />
            </div>
          ) : later.state === 'failed' ? (
            <Failed later={later} />
          ) : (
            <SideText {...other} threshold={threshold} differing={difference.onlySecond} label={otherTitle} />
          )}
        </div>
      </div>
    </div>
  );
}

function SideText({ text, reading, choice, threshold, differing, label }: Side & SideTextProps) {
  const { t } = useTranslation('page');
  if (text.words.length === 0) return <p className={classes.calm}>{t('text.none')}</p>;
  const language = reading?.engine?.language ?? null;
  return <PageText text={text} choice={choice} language={language} threshold={threshold} differing={differing} label={label} />;
}

interface SideTextProps {
  threshold: number;
  differing: ReadonlySet<number>;
  label: string;
}

function Failed({ later }: { later: LaterReading }) {
  const { t } = useTranslation('page');
  const words = useErrorWords();
  return (
    <p className={classes.calm} role="alert">
      {t(later.original ? 'compare.originalFailed' : 'compare.failed')} {later.error === null ? '' : words(later.error).title}
    </p>
  );
}

/** What a reading was made with; against the other one, whether it is surer. */
function SideHead({ title, reading, against }: { title: string; reading: Reading | null; against: Reading | null }) {
  const { t } = useTranslation('page');
  const format = useFormat();
  const languageName = useLanguageName();
  const providerName = useProviderName();
  const engine = reading?.engine;
  const facts = [
    engine && languageName(engine.language),
    reading?.dpi && t('facts.dots', { dpi: format.integer(reading.dpi) }),
    engine && providerName(engine.provider),
    reading && format.duration(reading.duration_ms / 1000),
  ].filter(Boolean);
  const confidence = reading?.confidence ?? null;
  const gain = confidence === null || !against ? 0 : Math.round(confidence) - Math.round(against.confidence ?? 0);

  return (
    <header className={classes.sideHead}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <Text size="sm" className="numbers" fw={600}>
          {confidence !== null && format.percent(Math.round(confidence) / 100)}
          {gain !== 0 && (
            <span className={classes.gain} data-better={gain > 0}>
              {gain > 0 ? '▲' : '▼'} {Math.abs(gain)}
            </span>
          )}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" className="numbers">
        {facts.length === 0 ? ' ' : facts.join(' · ')}
      </Text>
    </header>
  );
}
