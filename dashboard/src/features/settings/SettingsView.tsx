import { Anchor, Badge, Grid, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconApi, IconChartLine, IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { apiKey } from '~/api/api-key';
import { settingsQuery } from '~/api/queries';
import { CopySign } from '~/components/CopySign';
import { Failure } from '~/components/Failure';
import { PageHeader } from '~/components/PageHeader';
import { Panel } from '~/components/Panel';
import { AllSettings } from './AllSettings';
import { Engines } from './Engines';
import { HealthPanel } from './HealthPanel';
import { LiveSetting } from './LiveSetting';
import classes from './Settings.module.css';

/** What can be changed while the server runs, what it was started with, and how it is. */
export function SettingsView() {
  const { t } = useTranslation('settings');
  const query = useQuery(settingsQuery);
  const settings = query.data?.settings;

  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')}>
        {/* There from the beginning and as wide: on a phone it has a line of its own, which would move everything below it. */}
        <Badge variant="default" size="lg" tt="none" fw={520} miw={140}>
          OCR Queue {query.data?.version}
        </Badge>
      </PageHeader>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="md">
            <Panel title={t('live.title')} hint={t('live.hint')}>
              {query.error !== null && settings === undefined ? (
                <Failure error={query.error} onRetry={() => void query.refetch()} />
              ) : settings === undefined ? (
                // As high as the list will be, more or less: what stands below it must not move into or out of sight.
                <Skeleton h={{ base: 1500, sm: 1000 }} />
              ) : (
                <div className={classes.list}>
                  {settings
                    .filter(({ live }) => live)
                    .map((setting) => (
                      <LiveSetting key={setting.name} setting={setting} />
                    ))}
                </div>
              )}
            </Panel>
            <Engines />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md">
            <HealthPanel />
            <Panel title={t('links.title')}>
              <Stack gap="sm">
                <Out href="/api/docs" Icon={IconApi} label={t('links.docs')} />
                <Metrics />
              </Stack>
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={12}>{settings !== undefined && <AllSettings settings={settings.filter(({ live }) => !live)} />}</Grid.Col>
      </Grid>
    </>
  );
}

/** A browser gives no key with a link: where one is asked for, the address is for the program that has it. */
function Metrics() {
  const { t } = useTranslation('settings');
  const address = `${window.location.origin}/metrics`;
  if (apiKey.get() === null) return <Out href={address} Icon={IconChartLine} label={t('links.metrics')} />;
  return (
    <div>
      <Group gap={8} wrap="nowrap">
        <IconChartLine size={18} stroke={1.7} aria-hidden />
        <Text size="sm">{t('links.metrics')}</Text>
      </Group>
      <Group gap={4} wrap="nowrap">
        <Text size="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
          {address}
        </Text>
        <CopySign text={address} label={t('links.copy')} />
      </Group>
      <Text size="xs" c="dimmed">
        {t('links.key')}
      </Text>
    </div>
  );
}

function Out({ href, Icon, label }: { href: string; Icon: typeof IconApi; label: string }) {
  return (
    <Anchor href={href} target="_blank" size="sm">
      <Group gap={8} wrap="nowrap">
        <Icon size={18} stroke={1.7} aria-hidden />
        <Text span inherit>
          {label}
        </Text>
        <IconExternalLink size={14} aria-hidden />
      </Group>
    </Anchor>
  );
}
