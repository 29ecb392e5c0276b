import { Group, Skeleton, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { healthQuery } from '~/api/queries';
import { Failure } from '~/components/Failure';
import { Panel } from '~/components/Panel';
import type { en } from '~/i18n/resources';
import classes from './Settings.module.css';

/** Milliseconds between two looks. */
const REFRESH_MS = 5000;

/** Whether each part of the server is well. */
export function HealthPanel() {
  const { t } = useTranslation('settings');
  const query = useQuery({ ...healthQuery, refetchInterval: REFRESH_MS });
  if (query.error !== null && query.data === undefined) {
    return (
      <Panel title={t('health.title')}>
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </Panel>
    );
  }
  const checks = Object.entries(query.data?.checks ?? {});
  const hint = query.data && t(query.data.status === 'ok' ? 'health.ok' : 'health.bad');
  return (
    <Panel title={t('health.title')} hint={hint}>
      {query.data === undefined ? (
        <Skeleton height={260} />
      ) : (
        <ul className={classes.checks}>
          {checks.map(([name, { healthy, code, detail }]) => {
            const Sign = healthy ? IconCircleCheck : IconCircleX;
            return (
              <li key={name}>
                <Group gap={9} wrap="nowrap" align="flex-start">
                  <Sign
                    size={18}
                    stroke={1.9}
                    color={healthy ? 'var(--state-completed)' : 'var(--state-failed)'}
                    style={{ flex: 'none', marginTop: 1 }}
                    aria-label={t(healthy ? 'health.well' : 'health.unwell')}
                  />
                  <div>
                    <Text size="sm">
                      {t(`health.parts.${name as keyof (typeof en)['settings']['health']['parts']}`, { defaultValue: name })}
                    </Text>
                    {!healthy && (
                      <Text size="xs" c="var(--mantine-color-error)" lang={code === undefined ? 'en' : undefined}>
                        {code === undefined ? detail : t(`health.problems.${code}`, { defaultValue: detail })}
                      </Text>
                    )}
                  </div>
                </Group>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
