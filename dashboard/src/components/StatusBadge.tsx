import {
  IconAlertCircle,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerPause,
  type Icon,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { TaskStatus } from '~/api/types';
import classes from './StatusBadge.module.css';

export const STATUS_ICONS: Readonly<Record<TaskStatus, Icon>> = {
  queued: IconClock,
  running: IconLoader2,
  paused: IconPlayerPause,
  completed: IconCircleCheck,
  completed_with_errors: IconAlertCircle,
  failed: IconCircleX,
  cancelled: IconBan,
};

/** A task's status: a sign, a colour and a word, so that none of them is needed alone. */
export function StatusBadge({ status }: { status: TaskStatus }) {
  const { t } = useTranslation();
  const StatusIcon = STATUS_ICONS[status];
  return (
    <span className={classes.badge} style={{ color: `var(--state-${status})` }} data-status={status}>
      <StatusIcon size={17} stroke={1.9} className={classes.icon} aria-hidden />
      {t(`status.${status}`)}
    </span>
  );
}
