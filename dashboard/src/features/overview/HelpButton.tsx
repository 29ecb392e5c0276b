import { Button } from '@mantine/core';
import { IconEye, IconKey, IconPlayerPlay, IconRefresh, IconStethoscope, IconTimeline, type Icon } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AttentionItem } from '~/api/types';
import { useKeptFocus } from '~/components/keep-focus';
import { needsPassword } from '~/components/task-action-look';
import { useTaskActions } from '~/components/use-task-actions';

/** What helps a stalled task, by its cause. */
const HELP_OF_CAUSE = {
  provider_down: 'engines',
  lost: 'timeline',
  no_progress: 'restart',
  backing_off: 'tryNow',
  no_worker: 'health',
  paused: 'resume',
} as const;

/** The one button that helps: it does something to the task, or leads to where something can be done. */
export function HelpButton({ item }: { item: AttentionItem }) {
  const { t } = useTranslation('overview');
  const actions = useTaskActions();
  useKeptFocus();
  const { kind, cause, task, worst_page: page } = item;
  const again = needsPassword(task) ? 'password' : 'retry';
  const help = kind === 'low_confidence' ? 'page' : cause === null ? again : HELP_OF_CAUSE[cause];
  const look = (HelpIcon: Icon) => ({
    size: 'compact-sm' as const,
    variant: 'light',
    leftSection: <HelpIcon size={15} aria-hidden />,
    'aria-label': t(`attention.helpOne.${help}`, { name: task.name, page }),
    children: t(`attention.help.${help}`, { page }),
  });

  switch (help) {
    case 'page':
      return (
        <Button
          {...look(IconEye)}
          renderRoot={(root) => (
            <Link {...root} to="/tasks/$taskId/pages/$page" params={{ taskId: task.task_id, page: String(page ?? 1) }} />
          )}
        />
      );
    case 'timeline':
      return (
        <Button
          {...look(IconTimeline)}
          renderRoot={(root) => (
            <Link {...root} to="/tasks/$taskId" params={{ taskId: task.task_id }} search={{ tab: 'timeline' }} />
          )}
        />
      );
    case 'engines':
    case 'health':
      return <Button {...look(IconStethoscope)} component={Link} to="/settings" />;
    case 'password':
      return <Button {...look(IconKey)} onClick={() => actions.run('retry', task)} />;
    case 'retry':
      return <Button {...look(IconRefresh)} onClick={() => actions.run('retry', task)} />;
    case 'resume':
      return <Button {...look(IconPlayerPlay)} onClick={() => actions.run('resume', task)} />;
    case 'restart':
    case 'tryNow':
      return <Button {...look(IconRefresh)} onClick={() => actions.restart(task)} />;
  }
}
