import { Skeleton, Stack } from '@mantine/core';
import { IconClock, IconEyeOff, IconLoader2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Empty } from '~/components/Empty';
import { useErrorWords } from '~/i18n/error-words';
import type { PageState } from '~/api/types';
import { ConfidenceBar } from './ConfidenceBar';
import type { Diagnosis, ReadingOptions } from './diagnose';
import { DiagnosisNote } from './DiagnosisNote';
import { Facts } from './Facts';
import { PageText } from './PageText';
import type { PageWords, Reading } from './reading';
import type { WordChoice } from './use-word-choice';

interface SidePanelProps {
  page: PageState;
  /** Undefined until it came; null for a page that has none. */
  reading: Reading | null | undefined;
  causes: readonly Diagnosis[];
  text: PageWords;
  choice: WordChoice;
  threshold: number;
  /** The threshold the words are marked by: the same, a moment later while it is dragged. */
  marked: number;
  onThreshold: (threshold: number) => void;
  onStep: (direction: 1 | -1) => void;
  onTry: ((options: ReadingOptions) => void) | undefined;
}

/** The text side: what is wrong with the page if anything is, its words and the facts of its reading. */
export function SidePanel({
  page,
  reading,
  causes,
  text,
  choice,
  threshold,
  marked,
  onThreshold,
  onStep,
  onTry,
}: SidePanelProps) {
  const { t } = useTranslation('page');
  const words = useErrorWords();
  if (page.state === 'waiting' || page.state === 'running' || page.state === 'not_selected')
    return <NotRead state={page.state} />;
  if (reading === undefined) return <SideSkeleton />;
  const detail = page.error === null ? undefined : `${words(page.error).title}. ${page.error.message}`;

  return (
    <>
      {causes.length > 0 && <DiagnosisNote causes={causes} detail={detail} onTry={onTry} />}
      {reading?.source === 'recognised' && text.words.length > 0 && (
        <ConfidenceBar words={text.words} threshold={threshold} onThreshold={onThreshold} onStep={onStep} />
      )}
      {text.words.length > 0 ? (
        <PageText
          text={text}
          threshold={marked}
          choice={choice}
          language={reading?.engine?.language ?? null}
          label={t('text.label', { page: page.page })}
        />
      ) : (
        <Empty Icon={IconEyeOff} title={t('text.none')} text={t('text.noneWhy')} />
      )}
      {reading !== null && <Facts reading={reading} />}
    </>
  );
}

const SIGNS = { waiting: IconClock, running: IconLoader2, not_selected: IconEyeOff } as const;

/** A page without a reading, as yet or by choice. */
function NotRead({ state }: { state: 'waiting' | 'running' | 'not_selected' }) {
  const { t } = useTranslation('page');
  return (
    <div role="status">
      <Empty Icon={SIGNS[state]} title={t(`state.${state}.title`)} text={t(`state.${state}.text`)} />
    </div>
  );
}

function SideSkeleton() {
  return (
    <Stack p="lg" gap="sm" aria-busy>
      {[92, 78, 96, 64, 88, 71].map((width) => (
        <Skeleton key={width} height={14} width={`${width}%`} />
      ))}
    </Stack>
  );
}
