import { Chip, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconMoodSmile } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { attentionQuery } from '~/api/queries';
import type { AttentionItem, AttentionKind } from '~/api/types';
import { useDeletedIds } from '~/components/deletions';
import { Empty } from '~/components/Empty';
import { Failure } from '~/components/Failure';
import { Ago } from '~/components/Moment';
import { Panel } from '~/components/Panel';
import { StatusBadge } from '~/components/StatusBadge';
import { useFormat } from '~/i18n/format';
import { useNow } from '~/live/live';
import { firstOfEach, KINDS } from './attention-list';
import { HelpButton } from './HelpButton';
import classes from './lists.module.css';
import { useTroubleWords } from './use-trouble-words';

const route = getRouteApi('/');
const MOST = 5;
/** Milliseconds between two looks: a task that stands still sends no message. */
const REFRESH = 10_000;

/** What does not go well, the most urgent first, with the one button that helps. */
export function Attention() {
  const { t } = useTranslation('overview');
  const { attention: kind } = route.useSearch();
  const deleted = useDeletedIds();
  const query = useQuery({ ...attentionQuery(MOST), refetchInterval: REFRESH });
  const items = query.data?.items.filter(({ task }) => !deleted.has(task.task_id));
  const ofKind = items?.filter((item) => kind === undefined || item.kind === kind);
  const shown = ofKind && firstOfEach(ofKind, MOST);
  return (
    <Panel title={t('attention.title')} h="100%" action={query.data && <AllOfKind kind={kind} counts={query.data.counts} />}>
      {query.data && <Kinds counts={query.data.counts} chosen={kind} />}
      {query.error !== null && shown === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : shown === undefined ? (
        <ListSkeleton />
      ) : shown.length === 0 ? (
        <Empty Icon={IconMoodSmile} title={t('attention.none')} text={t('attention.noneText')} />
      ) : (
        <Stack gap={0} component="ul" className={classes.list}>
          {shown.map((item) => (
            <Trouble key={item.task.task_id} item={item} />
          ))}
        </Stack>
      )}
    </Panel>
  );
}

type Counts = Record<AttentionKind, number>;

/** How many there are of each kind, to look at one kind alone. Absent while there is one kind at most. */
function Kinds({ counts, chosen }: { counts: Counts; chosen: AttentionKind | undefined }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const navigate = useNavigate();
  const present = KINDS.filter((kind) => counts[kind] > 0 || kind === chosen);
  if (present.length < 2 && chosen === undefined) return null;
  const choose = (attention: AttentionKind | undefined) =>
    void navigate({ to: '/', search: (before) => ({ ...before, attention }), replace: true });
  return (
    <Group gap={6} mb="sm" role="group" aria-label={t('attention.kinds')}>
      {present.map((kind) => (
        <Chip
          key={kind}
          size="xs"
          variant="light"
          checked={kind === chosen}
          onChange={(checked) => choose(checked ? kind : undefined)}
        >
          {t(`attention.kind.${kind}`)} <span className="numbers">{format.integer(counts[kind])}</span>
        </Chip>
      ))}
    </Group>
  );
}

/** Leads to the list of them all, where the list can show them. */
function AllOfKind({ kind, counts }: { kind: AttentionKind | undefined; counts: Counts }) {
  const { t } = useTranslation('overview');
  const failed = kind !== 'gaps' && counts.failed > 0 ? (['failed'] as const) : [];
  const gaps = kind !== 'failed' && counts.gaps > 0 ? (['completed_with_errors'] as const) : [];
  const status = kind === undefined || kind === 'failed' || kind === 'gaps' ? [...failed, ...gaps] : [];
  if (status.length === 0) return null;
  return (
    <Link to="/tasks" search={{ status }} className={classes.all}>
      {t('attention.all')}
    </Link>
  );
}

function Trouble({ item }: { item: AttentionItem }) {
  const words = useTroubleWords();
  const now = useNow(5000);
  const { task } = item;
  return (
    <li className={classes.item}>
      <div className={classes.text}>
        <Link to="/tasks/$taskId" params={{ taskId: task.task_id }} className={classes.name}>
          {task.name}
        </Link>
        <Group gap="xs">
          <StatusBadge status={task.status} />
          <Text size="xs" c="dimmed">
            <Ago at={item.since} />
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          {words(item, now)}
        </Text>
      </div>
      <HelpButton item={item} />
    </li>
  );
}

export function ListSkeleton() {
  return (
    <Stack gap="md" aria-busy>
      {[0, 1, 2].map((line) => (
        <Skeleton key={line} height={44} />
      ))}
    </Stack>
  );
}
