import { IconChevronDown, IconChevronsUp, IconChevronUp, IconMinus, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Priority } from '~/api/types';

export const PRIORITY_ICONS: Readonly<Record<Priority, Icon>> = {
  CRITICAL: IconChevronsUp,
  HIGH: IconChevronUp,
  NORMAL: IconMinus,
  LOW: IconChevronDown,
};

const COLOURS: Readonly<Record<Priority, string>> = {
  CRITICAL: 'var(--state-failed)',
  HIGH: 'var(--state-completed_with_errors)',
  NORMAL: 'var(--mantine-color-dimmed)',
  LOW: 'var(--mantine-color-dimmed)',
};

/** A task's priority, with a sign that shows its direction. */
export function PriorityMark({ priority }: { priority: Priority }) {
  const { t } = useTranslation();
  const PriorityIcon = PRIORITY_ICONS[priority];
  return (
    <span
      style={{
        display: 'inline-flex',
        alignItems: 'center',
        gap: 5,
        fontSize: 13.5,
        whiteSpace: 'nowrap',
        verticalAlign: 'middle',
      }}
    >
      <PriorityIcon size={16} stroke={2} color={COLOURS[priority]} aria-hidden />
      {t(`priority.${priority}`)}
    </span>
  );
}
