import { Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { providersQuery } from '~/api/queries';
import type { Provider } from '~/api/types';
import { Failure } from '~/components/Failure';
import { Panel } from '~/components/Panel';
import { partsOfVersion, useLanguageName, useProviderName } from '~/i18n/names';
import classes from './Settings.module.css';

/** What reads pages here: which engines, ready or not, in which languages. */
export function Engines() {
  const { t } = useTranslation('settings');
  const query = useQuery(providersQuery);
  return (
    <Panel title={t('engines.title')}>
      {query.error !== null && query.data === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Skeleton height={180} />
      ) : (
        <ul className={classes.checks}>
          {query.data.providers.map((provider) => (
            <Engine key={provider.name} provider={provider} usual={provider.name === query.data.default_provider} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Engine({ provider, usual }: { provider: Provider; usual: boolean }) {
  const { t } = useTranslation('settings');
  const languageName = useLanguageName();
  const providerName = useProviderName();
  const { ready, languages, slots } = provider;
  const version = useVersionWords()(provider.version);
  return (
    <li>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={560}>
          {providerName(provider.name)}
          {usual && (
            <Text span size="sm" c="dimmed" fw={400}>
              {' · '}
              {t('engines.usual')}
            </Text>
          )}
        </Text>
        <Text size="sm" c={ready ? 'var(--state-completed)' : 'dimmed'}>
          {ready ? t('engines.ready') : t('engines.notReady')}
        </Text>
      </Group>
      {ready ? (
        <Text size="xs" c="dimmed">
          {languages.length === 0 ? t('engines.anyLanguage') : languages.map((code) => languageName(code)).join(', ')}
          {' · '}
          {t('engines.atOnce', { count: slots })}
          {version !== '' && ` · ${version}`}
        </Text>
      ) : (
        <Problem provider={provider} />
      )}
    </li>
  );
}

/** Why an engine is not ready; in the server's own words where we have none. */
function Problem({ provider: { reason, reason_code: code, missing_settings: missing = [] } }: { provider: Provider }) {
  const { t, i18n } = useTranslation('settings');
  const settings = new Intl.ListFormat(i18n.language).format(missing);
  const words = code && t(`engines.problems.${code}`, { count: missing.length, settings, defaultValue: '' });
  return (
    <Text size="xs" c="dimmed" lang={words ? undefined : 'en'}>
      {words || reason}
    </Text>
  );
}

/** An engine's version, and the engine that stands behind it. */
function useVersionWords(): (version: string) => string {
  const { t } = useTranslation('settings');
  const providerName = useProviderName();
  return (text) => {
    const { version, engine } = partsOfVersion(text);
    const words = version === '' ? [] : [t('engines.version', { version })];
    return [...words, ...(engine === undefined ? [] : [providerName(engine)])].join(' · ');
  };
}
