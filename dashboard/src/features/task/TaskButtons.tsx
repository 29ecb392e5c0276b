import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ACTIONS_OF, type Task } from '~/api/types';
import { useDeletedIds } from '~/components/deletions';
import { lookOf } from '~/components/task-action-look';
import { TaskMenu } from '~/components/TaskMenu';
import { useTaskActions } from '~/components/use-task-actions';

/** The action that helps most in the task's state, and a menu with the others. */
export function TaskButtons({ task }: { task: Task }) {
  const { t } = useTranslation();
  const actions = useTaskActions();
  const navigate = useNavigate();
  const deleted = useDeletedIds().has(task.task_id);
  useEffect(() => {
    if (deleted) void navigate({ to: '/tasks' });
  }, [deleted, navigate]);

  const [first] = ACTIONS_OF[task.status];
  if (first === undefined) return null;
  const { Icon, words } = lookOf(first, task);
  return (
    <>
      <Button
        variant={first === 'delete' ? 'default' : 'light'}
        leftSection={<Icon size={17} aria-hidden />}
        onClick={() => actions.run(first, task)}
      >
        {t(words)}
      </Button>
      {ACTIONS_OF[task.status].length > 1 && <TaskMenu task={task} skip={[first]} />}
    </>
  );
}
