import { ActionIcon, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconClock, IconRefresh, IconX, type Icon } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, dataOf } from '~/api/client';
import { webhooksQuery } from '~/api/queries';
import type { TaskStatus, Webhook } from '~/api/types';
import { Ago, At } from '~/components/Moment';
import { Panel } from '~/components/Panel';
import { toastDone, toastFailed } from '~/components/toasts';
import { useErrorWords } from '~/i18n/error-words';
import classes from './Task.module.css';

const SIGNS: Readonly<Record<Webhook['state'], { Icon: Icon; color: string }>> = {
  waiting: { Icon: IconClock, color: 'var(--state-queued)' },
  delivered: { Icon: IconCheck, color: 'var(--state-completed)' },
  failed: { Icon: IconX, color: 'var(--state-failed)' },
};
const TRIED = { Icon: IconAlertTriangle, color: 'var(--state-completed_with_errors)' };

/** What other systems were told of the task, and how they took it. Nothing where none was told. */
export function Webhooks({ taskId, status }: { taskId: string; status: TaskStatus }) {
  const { t } = useTranslation('task');
  const { queryKey, ...query } = webhooksQuery(taskId);
  // Another status has brought another one.
  const { data: webhooks = [] } = useQuery({ ...query, queryKey: [...queryKey, status] });
  if (webhooks.length === 0) return null;
  return (
    <Panel title={t('webhooks.title')}>
      <ol className={classes.timeline} aria-label={t('webhooks.title')}>
        {[...webhooks].reverse().map((webhook) => (
          <Told key={webhook.webhook_id} taskId={taskId} webhook={webhook} />
        ))}
      </ol>
    </Panel>
  );
}

function Told({ taskId, webhook }: { taskId: string; webhook: Webhook }) {
  const { t } = useTranslation('task');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const client = useQueryClient();
  const { webhook_id, type, url, state, attempts, last_status, error, next_attempt_at, last_attempt_at } = webhook;
  const redeliver = useMutation({
    mutationFn: () => {
      const params = { path: { task_id: taskId, webhook_id } };
      return dataOf(api.POST('/api/ocr/tasks/{task_id}/webhooks/{webhook_id}/redeliver', { params }));
    },
    onSuccess: () => toastDone({ message: t('webhooks.sent') }),
    onError: (failure) => toastFailed(common('done.failed'), words(failure).title),
    onSettled: () => client.invalidateQueries({ queryKey: webhooksQuery(taskId).queryKey }),
  });
  const { Icon, color } = state === 'waiting' && error !== null ? TRIED : SIGNS[state];

  return (
    <li className={classes.event}>
      <span className={classes.sign} aria-hidden>
        <Icon size={15} stroke={2} color={color} />
      </span>
      <div className={classes.what}>
        <Text size="sm">{t('webhooks.what', { state: t(`webhooks.states.${state}`), type })}</Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {url ?? t('webhooks.all')}
        </Text>
        <Text size="xs" c="dimmed">
          {t('webhooks.attempts', { count: attempts })}
          {last_status !== null && `, ${t('webhooks.status', { status: last_status })}`}
          {last_attempt_at !== null && (
            <>
              , <Ago at={last_attempt_at} />
            </>
          )}
          {next_attempt_at !== null && (
            <>
              ; {t('webhooks.next')} <At at={next_attempt_at} exact />
            </>
          )}
        </Text>
        {error !== null && (
          <Text size="xs" c="dimmed">
            {words(error).title}
          </Text>
        )}
      </div>
      <div className={classes.when}>
        <ActionIcon
          size={24}
          variant="transparent"
          onClick={() => redeliver.mutate()}
          loading={redeliver.isPending}
          aria-label={t('webhooks.redeliver')}
          title={t('webhooks.redeliver')}
        >
          <IconRefresh size={15} aria-hidden />
        </ActionIcon>
      </div>
    </li>
  );
}
