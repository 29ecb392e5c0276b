import { Button, Group, List, Loader, Modal, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaskListFilter } from '~/api/task-filter';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import { carryOut, countConcerned, type BulkTotal } from './bulk';
import type { BulkOrder } from './BulkBar';
import type { Selection } from './use-selection';

interface BulkDialogProps {
  order: BulkOrder;
  selection: Selection;
  filter: TaskListFilter;
  /** @param acted false when nothing was changed */
  onClose: (acted: boolean) => void;
}

/** Counts first, then asks, then shows how far it is, then what came out. */
export function BulkDialog({ order, selection, filter, onClose }: BulkDialogProps) {
  const { t } = useTranslation('tasks');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const format = useFormat();
  const [outcome, setOutcome] = useState<BulkTotal | null>(null);
  const [state, setState] = useState<'asking' | 'acting' | 'done'>('asking');
  const [failure, setFailure] = useState<unknown>(null);
  const [abort] = useState(() => new AbortController());
  const count = useQuery({
    queryKey: ['bulk', order, selection.all, [...selection.ids], filter],
    queryFn: () => countConcerned(order, selection, filter),
    staleTime: 0,
    gcTime: 0,
  });
  const concerned = count.data?.count ?? 0;
  const priority = order.priority === undefined ? '' : common(`priority.${order.priority}`);
  const error = failure ?? count.error;

  const act = async (asOf: string) => {
    setState('acting');
    try {
      setOutcome(await carryOut(order, selection, filter, asOf, setOutcome, abort.signal));
    } catch (thrown) {
      setFailure(thrown);
    }
    setState('done');
  };

  return (
    <Modal
      opened
      onClose={() => (state === 'acting' ? abort.abort() : onClose(state === 'done'))}
      title={t(`bulk.title.${order.action}`, { priority })}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        {count.isPending ? (
          <Group gap="sm">
            <Loader size="sm" />
            <Text size="sm">{t('bulk.counting')}</Text>
          </Group>
        ) : (
          error === null && <Text size="sm">{sentence()}</Text>
        )}
        {state !== 'asking' && (
          <Progress
            value={concerned === 0 ? 100 : (100 * (outcome?.matched ?? 0)) / concerned}
            animated={state === 'acting'}
            aria-label={t('bulk.progress')}
          />
        )}
        {error !== null && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {words(error).title}
          </Text>
        )}
        {state === 'done' && outcome !== null && outcome.errors.length > 0 && (
          <List size="sm">
            {reasons(outcome.errors.map((each) => words(each).title)).map(([reason, times]) => (
              <List.Item key={reason}>{t('bulk.refused', { count: times, reason })}</List.Item>
            ))}
          </List>
        )}
        <Group justify="flex-end">{buttons()}</Group>
      </Stack>
    </Modal>
  );

  function sentence(): string {
    if (state === 'done' && outcome !== null) return t('bulk.result', { count: outcome.changed });
    if (state === 'acting') return t('bulk.through', { done: format.integer(outcome?.matched ?? 0), count: concerned });
    return concerned === 0 ? t(`bulk.nothing`) : t(`bulk.ask.${order.action}`, { count: concerned, priority });
  }

  function buttons() {
    if (state === 'done') return <Button onClick={() => onClose(true)}>{common('close')}</Button>;
    if (state === 'acting') {
      return (
        <Button variant="default" onClick={() => abort.abort()}>
          {t('bulk.stop')}
        </Button>
      );
    }
    const grave = order.action === 'cancel' || order.action === 'delete';
    return (
      <>
        <Button variant="default" onClick={() => onClose(false)}>
          {common('cancel')}
        </Button>
        <Button
          color={grave ? 'red' : undefined}
          disabled={concerned === 0}
          loading={count.isPending}
          onClick={() => void act(count.data?.asOf ?? '')}
          data-autofocus
        >
          {/* Beside the button that only closes, "cancel" alone would say the same. */}
          {order.action === 'cancel' ? t('bulk.cancelTasks') : t(`bulk.action.${order.action}`)}
        </Button>
      </>
    );
  }
}

function reasons(all: string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const reason of all) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts];
}
