import { ActionIcon, Code, Collapse, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconChevronDown,
  IconClock,
  IconFileSearch,
  IconFlag,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconTransfer,
  IconX,
  type Icon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { eventsQuery } from '~/api/queries';
import type { TaskEvent } from '~/api/types';
import { Failure } from '~/components/Failure';
import { At } from '~/components/Moment';
import { Panel } from '~/components/Panel';
import { useErrorWords } from '~/i18n/error-words';
import { usePollingFallback } from '~/live/live';
import { useEventWords } from './event-words';
import { readFacts } from './event-facts';
import classes from './Task.module.css';

/** Signs and colours by what an event ends in. */
const SIGNS: Readonly<Record<string, { Icon: Icon; color: string }>> = {
  queued: { Icon: IconClock, color: 'var(--state-queued)' },
  started: { Icon: IconPlayerPlay, color: 'var(--state-running)' },
  paused: { Icon: IconPlayerPause, color: 'var(--state-paused)' },
  resumed: { Icon: IconPlayerPlay, color: 'var(--state-running)' },
  retried: { Icon: IconRefresh, color: 'var(--state-running)' },
  completed: { Icon: IconCheck, color: 'var(--state-completed)' },
  completed_with_errors: { Icon: IconAlertTriangle, color: 'var(--state-completed_with_errors)' },
  failed: { Icon: IconX, color: 'var(--state-failed)' },
  cancelled: { Icon: IconBan, color: 'var(--state-cancelled)' },
  priority_changed: { Icon: IconFlag, color: 'var(--mantine-color-dimmed)' },
  held: { Icon: IconPlayerPause, color: 'var(--state-paused)' },
  released: { Icon: IconPlayerPlay, color: 'var(--state-running)' },
  replaced: { Icon: IconTransfer, color: 'var(--state-running)' },
  retrying: { Icon: IconRefresh, color: 'var(--state-completed_with_errors)' },
  rescued: { Icon: IconTransfer, color: 'var(--state-completed_with_errors)' },
};
const OTHER = { Icon: IconFileSearch, color: 'var(--mantine-color-dimmed)' };

/** What happened to the task, the latest first: every change of state and every attempt. */
export function Timeline({ taskId }: { taskId: string }) {
  const { t } = useTranslation('task');
  const query = useQuery({ ...eventsQuery(taskId), refetchInterval: usePollingFallback() });
  if (query.error !== null && query.data === undefined)
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeleton height={240} radius="lg" />;
  const { events, next_after } = query.data;
  return (
    <Panel>
      <Stack gap="md">
        {next_after !== null && (
          <Text size="sm" c="dimmed">
            {t('timeline.many', { count: events.length })}
          </Text>
        )}
        <ol className={classes.timeline} aria-label={t('tabs.timeline')}>
          {[...events].reverse().map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </ol>
      </Stack>
    </Panel>
  );
}

function Event({ event }: { event: TaskEvent }) {
  const { t } = useTranslation();
  const wordsOf = useEventWords();
  const errorWords = useErrorWords();
  const [open, { toggle }] = useDisclosure();
  const { Icon, color } = SIGNS[event.type.split('.')[1] ?? ''] ?? OTHER;
  const { error } = readFacts(event);

  return (
    <li className={classes.event}>
      <span className={classes.sign} aria-hidden>
        <Icon size={15} stroke={2} color={color} />
      </span>
      <div className={classes.what}>
        {wordsOf(event)}
        {error !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)">
            {errorWords(error).title}
          </Text>
        )}
      </div>
      <div className={classes.when}>
        <At at={event.created_at} exact />
        <ActionIcon
          size={24}
          onClick={toggle}
          aria-expanded={open}
          aria-label={t('details')}
          title={t('details')}
          disabled={Object.keys(event.data).length === 0}
          variant="transparent"
        >
          <IconChevronDown size={15} aria-hidden style={{ rotate: open ? '180deg' : '0deg' }} />
        </ActionIcon>
      </div>
      <div className={classes.more}>
        <Collapse expanded={open}>
          <Code block mt={6}>
            {JSON.stringify(event.data, null, 2)}
          </Code>
        </Collapse>
      </div>
    </li>
  );
}
