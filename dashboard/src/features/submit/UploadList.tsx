import { ActionIcon, Button, Group, Progress, Text, VisuallyHidden } from '@mantine/core';
import { IconKey, IconRefresh, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { taskQuery } from '~/api/queries';
import { isFinal, type TaskSummary } from '~/api/types';
import { useKeptFocus } from '~/components/keep-focus';
import { Panel } from '~/components/Panel';
import { needsPassword } from '~/components/task-action-look';
import { StatusBadge } from '~/components/StatusBadge';
import { TaskProgress } from '~/components/TaskProgress';
import { useTaskActions } from '~/components/use-task-actions';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import { usePollingFallback } from '~/live/live';
import classes from './Submit.module.css';
import { isUnderWay, isWorthRetrying, uploads, useUploads, type Upload } from './uploads';

/** The files handed in during this visit: first their upload, then their task. */
export function UploadList() {
  const { t } = useTranslation('submit');
  const list = useUploads()
    .filter(({ state }) => state !== 'chosen')
    .reverse();
  if (list.length === 0) return null;
  const over = list.filter((upload) => !isUnderWay(upload)).length;

  return (
    <Panel
      title={t('uploads.title')}
      hint={t('uploads.count', { count: list.length })}
      action={
        over > 0 && (
          <Button size="compact-sm" variant="subtle" onClick={() => uploads.clear()}>
            {t('uploads.clear')}
          </Button>
        )
      }
    >
      <ul className={classes.list}>
        {list.map((upload) => (
          <li key={upload.id} className={classes.item}>
            {upload.taskId === undefined ? <Sending upload={upload} /> : <Sent upload={upload} taskId={upload.taskId} />}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Sending({ upload }: { upload: Upload }) {
  const { t } = useTranslation('submit');
  const format = useFormat();
  const words = useErrorWords();
  const { file, state, sent, error } = upload;
  const says = {
    chosen: '',
    waiting: t('uploads.waiting'),
    sending: sent < 1 ? format.percent(sent) : t('uploads.checking'),
    sent: '',
    failed: words(error).title,
    cancelled: t('uploads.cancelled'),
  }[state];

  return (
    <>
      <div style={{ minWidth: 0 }}>
        <Text className={classes.name}>{file.name}</Text>
        <Progress
          value={sent * 100}
          size={6}
          my={6}
          color={state === 'failed' ? 'var(--bad)' : 'var(--state-running)'}
          aria-label={t('uploads.progressOf', { name: file.name })}
        />
        <Group justify="space-between" gap="xs" className="numbers">
          <Text
            size="xs"
            c={state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}
            role={state === 'failed' ? 'alert' : undefined}
          >
            {says}
          </Text>
          <Text size="xs" c="dimmed">
            {format.bytes(file.size)}
          </Text>
        </Group>
      </div>
      {isUnderWay(upload) ? (
        <ActionIcon aria-label={t('uploads.cancel', { name: file.name })} onClick={() => uploads.cancel(upload.id)}>
          <IconX size={18} />
        </ActionIcon>
      ) : (
        isWorthRetrying(upload) && (
          <ActionIcon aria-label={t('uploads.retry', { name: file.name })} onClick={() => uploads.retry(upload.id)}>
            <IconRefresh size={18} />
          </ActionIcon>
        )
      )}
    </>
  );
}

function Sent({ upload, taskId }: { upload: Upload; taskId: string }) {
  const { t } = useTranslation('submit');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const task = useQuery({ ...taskQuery(taskId), refetchInterval: usePollingFallback() }).data;
  return (
    <>
      <div style={{ minWidth: 0 }}>
        <Link to="/tasks/$taskId" params={{ taskId }} className={classes.name} style={{ display: 'block', marginBottom: 6 }}>
          {upload.file.name}
        </Link>
        {task === undefined ? (
          <Progress value={0} size={6} mb={23} aria-label={t('uploads.progressOf', { name: upload.file.name })} />
        ) : (
          <TaskProgress task={task} />
        )}
        {task?.error != null && (
          <Text size="xs" c="var(--mantine-color-error)" mt={4}>
            {words(task.error).title}
          </Text>
        )}
        {task !== undefined && needsPassword(task) && <PasswordButton task={task} />}
      </div>
      <div style={{ minWidth: 120, textAlign: 'right' }}>
        {task !== undefined && <StatusBadge status={task.status} />}
        {/* Only the end: of many files, every step would be too much to listen to. */}
        <VisuallyHidden role="status">
          {task !== undefined &&
            isFinal(task.status) &&
            t('uploads.ended', { name: task.name, status: common(`status.${task.status}`) })}
        </VisuallyHidden>
      </div>
    </>
  );
}

/** Where a protected document can be given its password. It goes once the document is tried again. */
function PasswordButton({ task }: { task: TaskSummary }) {
  const { t } = useTranslation();
  const actions = useTaskActions();
  useKeptFocus();
  return (
    <Button
      size="compact-sm"
      variant="light"
      mt={6}
      leftSection={<IconKey size={15} aria-hidden />}
      aria-label={t('action.passwordOf', { name: task.name })}
      onClick={() => actions.run('retry', task)}
    >
      {t('action.password')}
    </Button>
  );
}
