import { Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle, IconRefresh, IconXboxX, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import { useLanguageName } from '~/i18n/names';
import type { Diagnosis, ReadingOptions } from './diagnose';
import classes from './DiagnosisNote.module.css';

const SIGNS: Readonly<Record<Diagnosis['tone'], Icon>> = {
  info: IconInfoCircle,
  warning: IconAlertTriangle,
  problem: IconXboxX,
};

interface DiagnosisNoteProps {
  /** The likeliest cause first; at least one. */
  causes: readonly Diagnosis[];
  /** The engine's or the server's own words, for those who want them. */
  detail?: string;
  onTry: ((options: ReadingOptions) => void) | undefined;
}

/** Why a page reads badly, in plain words, and what to try. */
export function DiagnosisNote({ causes, detail, onTry }: DiagnosisNoteProps) {
  const { t } = useTranslation('page');
  const explained = useExplained();
  const tryWords = useTryWords();
  const [first, ...others] = causes;
  if (first === undefined) return null;
  const Sign = SIGNS[first.tone];

  return (
    <aside className={classes.note} data-tone={first.tone} aria-label={t('diagnosis.label')}>
      <Sign size={20} stroke={1.8} aria-hidden className={classes.sign} />
      <div className={classes.words}>
        <Text size="sm" fw={600}>
          {explained(first, 'title')}
        </Text>
        <Text size="sm">{explained(first, 'advice')}</Text>
        {others.length > 0 && (
          <Text size="sm" mt={4}>
            {t('diagnosis.also')} {others.map((other) => explained(other, 'title')).join(' · ')}
          </Text>
        )}
        {detail !== undefined && (
          <details className={classes.detail}>
            <summary>{t('diagnosis.detail')}</summary>
            {detail}
          </details>
        )}
        {onTry !== undefined && first.tone !== 'info' && (
          <Group gap={6} mt={8}>
            {[...new Map(causes.flatMap(({ tries }) => tries).map((each) => [JSON.stringify(each), each])).values()]
              .slice(0, 3)
              .map((options) => (
                <Button
                  key={JSON.stringify(options)}
                  size="compact-sm"
                  variant="default"
                  leftSection={<IconRefresh size={14} aria-hidden />}
                  onClick={() => onTry(options)}
                >
                  {tryWords(options)}
                </Button>
              ))}
          </Group>
        )}
      </div>
    </aside>
  );
}

function useExplained() {
  const { t } = useTranslation('page');
  const format = useFormat();
  const languageName = useLanguageName();
  return ({ cause, measured, language }: Diagnosis, part: 'title' | 'advice') =>
    t(`cause.${cause}.${part}`, {
      measured: measured === undefined ? '' : format.decimal(measured),
      language: language === undefined ? '' : languageName(language, 'inText'),
    });
}

/** "Read again in French at 300 dpi". */
function useTryWords() {
  const { t } = useTranslation('page');
  const languageName = useLanguageName();
  return ({ language, dpi, mode }: ReadingOptions) => {
    const how = [
      language !== undefined && t('try.language', { language: languageName(language, 'inText') }),
      dpi !== undefined && t('try.dpi', { dpi }),
      mode !== undefined && t('try.mode'),
    ].filter((words) => words !== false);
    return [t('try.again'), ...how].join(' ');
  };
}
