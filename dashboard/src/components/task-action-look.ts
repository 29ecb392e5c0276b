import { IconBan, IconKey, IconPlayerPause, IconPlayerPlay, IconRefresh, IconTrash, type Icon } from '@tabler/icons-react';
import type { TaskAction, TaskError } from '~/api/types';

const ICONS: Readonly<Record<TaskAction, Icon>> = {
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  cancel: IconBan,
  retry: IconRefresh,
  delete: IconTrash,
};

/** True where a retry first asks for the password of the document. */
export function needsPassword({ error }: { error: Pick<TaskError, 'code'> | null }): boolean {
  return error?.code === 'password_required';
}

/** How an action on a task is shown: its sign, and the key of its words in `common.json`. */
export function lookOf(action: TaskAction, task: { error: Pick<TaskError, 'code'> | null }) {
  if (action === 'retry' && needsPassword(task)) return { Icon: IconKey, words: 'action.password' as const };
  return { Icon: ICONS[action], words: `action.${action}` as const };
}
