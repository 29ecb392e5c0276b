import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/api/client';
import type { Priority, Task, TaskAction, TaskSummary } from '~/api/types';
import { useErrorWords } from '~/i18n/error-words';
import { deletions } from './deletions';
import { toastDone, toastFailed } from './toasts';

/** What a task can be named by. */
type Named = Pick<TaskSummary, 'task_id' | 'name' | 'priority'>;

/**
 * What an operator does to one task, each with its toast. Pausing, resuming and priorities are undone by their opposite, a deletion
 * waits until nobody undid it, a cancellation is asked for twice.
 */
export function useTaskActions() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const words = useErrorWords();

  return useMemo(() => {
    const failed = (error: unknown) => toastFailed(t('done.failed'), words(error).title);

    const call = async (action: 'pause' | 'resume' | 'cancel' | 'retry', task: Named): Promise<boolean> => {
      try {
        const params = { params: { path: { task_id: task.task_id } } };
        const { data } = await api.POST(`/api/ocr/tasks/{task_id}/${action}`, params);
        queries.setQueryData<Task>(['task', task.task_id], data);
        void queries.invalidateQueries({ queryKey: ['tasks'] });
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    };

    const perform = async (action: 'pause' | 'resume' | 'cancel' | 'retry', task: Named) => {
      if (!(await call(action, task))) return;
      const back = action === 'pause' ? 'resume' : action === 'resume' ? 'pause' : undefined;
      const undo = back && { label: t('undo'), run: () => void call(back, task) };
      toastDone({ message: t(`done.${action}`, { name: task.name }), undo });
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
        else void perform(action, task);
      },
      changePriority: (task: Named, priority: Priority) => void changePriority(task, priority),
    };
  }, [t, queries, words]);
}
