import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/api/client';
import type { Priority, Task, TaskAction, TaskSummary } from '~/api/types';
import { useErrorWords } from '~/i18n/error-words';
import { deletions } from './deletions';
import { PasswordForm } from './PasswordForm';
import { needsPassword } from './task-action-look';
import { toastDone, toastFailed } from './toasts';

type Change = 'pause' | 'resume' | 'cancel' | 'retry';

/** What a task can be named by, and why it failed. */
type Named = Pick<TaskSummary, 'task_id' | 'name' | 'priority'> & { error?: TaskSummary['error'] };

/**
 * What an operator does to one task, each with its toast. A task that needs a password is retried with the one that is then asked for. Pausing, resuming and priorities are undone by their opposite, a deletion
 * waits until nobody undid it, a cancellation is asked for twice.
 */
export function useTaskActions() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const words = useErrorWords();

  return useMemo(() => {
    const failed = (error: unknown) => toastFailed(t('done.failed'), words(error).title);

    const call = async (action: Change, task: Named, password?: string): Promise<boolean> => {
      try {
        const params = { path: { task_id: task.task_id } };
        const { data } =
          password === undefined
            ? await api.POST(`/api/ocr/tasks/{task_id}/${action}`, { params })
            : await api.POST('/api/ocr/tasks/{task_id}/retry', { params, body: { options: { password } } });
        queries.setQueryData<Task>(['task', task.task_id], data);
        void queries.invalidateQueries({ queryKey: ['tasks'] });
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    };

    const perform = async (action: Change, task: Named, password?: string) => {
      if (!(await call(action, task, password))) return;
      const back = action === 'pause' ? 'resume' : action === 'resume' ? 'pause' : undefined;
      const undo = back && { label: t('undo'), run: () => void call(back, task) };
      toastDone({ message: t(`done.${action}`, { name: task.name }), undo });
    };

    /** Takes a task off its node, or out of its wait for another attempt, and takes it up again. */
    const restart = async (task: Named) => {
      if ((await call('pause', task)) && (await call('resume', task)))
        toastDone({ message: t('done.restart', { name: task.name }) });
    };

    const cancel = (task: Named) =>
      modals.openConfirmModal({
        title: t('confirmCancel.title'),
        children: <Text size="sm">{t('confirmCancel.text', { name: task.name })}</Text>,
        labels: { confirm: t('confirmCancel.yes'), cancel: t('cancel') },
        confirmProps: { color: 'red' },
        closeButtonProps: { 'aria-label': t('close') },
        onConfirm: () => void perform('cancel', task),
      });

    const askForPassword = (task: Named) => {
      const modal = modals.open({
        title: t('password.title'),
        closeButtonProps: { 'aria-label': t('close') },
        children: (
          <PasswordForm
            name={task.name}
            onLeave={() => modals.close(modal)}
            onGiven={(password) => {
              modals.close(modal);
              void perform('retry', task, password);
            }}
          />
        ),
      });
    };

    const remove = (task: Named) => {
      const deletion = deletions.schedule(task.task_id, (error) => {
        if (error !== undefined) failed(error);
        void queries.invalidateQueries({ queryKey: ['tasks'] });
      });
      toastDone({
        message: t('done.delete', { name: task.name }),
        undo: { label: t('undo'), run: deletion.undo },
        onGone: deletion.carryOut,
      });
    };

    const changePriority = async (task: Named, priority: Priority, undoable = true) => {
      try {
        await api.PATCH('/api/ocr/tasks/{task_id}', { params: { path: { task_id: task.task_id } }, body: { priority } });
        await Promise.all([
          queries.invalidateQueries({ queryKey: ['tasks'] }),
          queries.invalidateQueries({ queryKey: ['task', task.task_id] }),
        ]);
        const message = t('done.priority', { name: task.name, priority: t(`priority.${priority}`) });
        const back = () => void changePriority(task, task.priority, false);
        toastDone({ message, undo: undoable ? { label: t('undo'), run: back } : undefined });
      } catch (error) {
        failed(error);
      }
    };

    return {
      run: (action: TaskAction, task: Named) => {
        if (action === 'cancel') cancel(task);
        else if (action === 'delete') remove(task);
        else if (action === 'retry' && needsPassword({ error: task.error ?? null })) askForPassword(task);
        else void perform(action, task);
      },
      restart: (task: Named) => void restart(task),
      changePriority: (task: Named, priority: Priority) => void changePriority(task, priority),
    };
  }, [t, queries, words]);
}
