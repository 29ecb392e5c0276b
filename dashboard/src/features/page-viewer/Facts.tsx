import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import { partsOfVersion, useLanguageName, useProviderName } from '~/i18n/names';
import classes from './Facts.module.css';
import { wordsOf, type Reading } from './reading';

/** What is known of how a page was read. */
export function Facts({ reading }: { reading: Reading }) {
  const { t } = useTranslation('page');
  const facts = useFacts(reading);
  return (
    <dl className={classes.facts} aria-label={t('facts.label')}>
      {facts.map(({ key, value }) => (
        <div key={key}>
          <dt>{t(`facts.${key}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type FactKey = 'confidence' | 'words' | 'engine' | 'language' | 'time' | 'dpi' | 'orientation' | 'skew' | 'size';

function useFacts(reading: Reading): { key: FactKey; value: string }[] {
  const { t } = useTranslation('page');
  const format = useFormat();
  const providerName = useProviderName();
  const languageName = useLanguageName();
  const { engine, confidence, dpi, orientation, skew, source } = reading;
  const engineWords = ({ provider, version: text }: { provider: string; version: string }) => {
    const { version, engine = provider } = partsOfVersion(text);
    return `${providerName(engine)} · ${version}`;
  };
  const millimetres = (points: number) => format.integer((points / 72) * 25.4);
  const facts: { key: FactKey; value: string | null }[] = [
    { key: 'confidence', value: confidence === null || source !== 'recognised' ? null : format.percent(confidence / 100) },
    { key: 'words', value: format.integer(wordsOf(reading).words.length) },
    { key: 'engine', value: engine === null ? t(`source.${source}`) : engineWords(engine) },
    { key: 'language', value: engine === null ? null : languageName(engine.language) },
    { key: 'time', value: format.duration(reading.duration_ms / 1000) },
    { key: 'dpi', value: dpi === null ? null : t('facts.dots', { dpi: format.integer(dpi) }) },
    { key: 'orientation', value: orientation === 0 ? t('facts.upright') : t('facts.turned', { degrees: orientation }) },
    { key: 'skew', value: skew === 0 ? t('facts.straight') : t('facts.degrees', { degrees: format.decimal(skew) }) },
    { key: 'size', value: t('facts.millimetres', { width: millimetres(reading.width), height: millimetres(reading.height) }) },
  ];
  return facts.filter((fact): fact is { key: FactKey; value: string } => fact.value !== null);
}
