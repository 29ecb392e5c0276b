import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ACTIONS_OF, isFinal, PRIORITIES, type Priority, type TaskAction, type TaskSummary } from '~/api/types';
import { CONTENT_ID } from './keep-focus';
import { PRIORITY_ICONS } from './PriorityMark';
import { lookOf } from './task-action-look';
import { useTaskActions } from './use-task-actions';

/** Everything that can be done to a task in its state. */
export function TaskMenu({ task, skip = [] }: { task: TaskSummary; skip?: readonly TaskAction[] }) {
  const { t } = useTranslation();
  const actions = useTaskActions();
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon ref={button} aria-label={t('action.more', { name: task.name })}>
          <IconDots size={18} stroke={1.8} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {ACTIONS_OF[task.status]
          .filter((action) => !skip.includes(action))
          .map((action) => {
            const { Icon: ActionSign, words } = lookOf(action, task);
            const grave = action === 'cancel' || action === 'delete';
            return (
              <Menu.Item
                key={action}
                c={grave ? 'var(--mantine-color-error)' : undefined}
                leftSection={<ActionSign size={17} stroke={1.8} aria-hidden />}
                onClick={() => {
                  // A dialog gives the focus back to where it was, and this item is gone by then. So is the row of a deleted task.
                  focusTarget(button.current, action)?.focus();
                  actions.run(action, task);
                }}
              >
                {t(words)}
              </Menu.Item>
            );
          })}
        {!isFinal(task.status) && (
          <>
            <Menu.Divider />
            <Menu.Label>{t('action.priority')}</Menu.Label>
            <Menu.RadioGroup value={task.priority} onChange={(priority) => actions.changePriority(task, priority as Priority)}>
              {PRIORITIES.map((priority) => {
                const PrioritySign = PRIORITY_ICONS[priority];
                return (
                  <Menu.RadioItem
                    key={priority}
                    value={priority}
                    closeMenuOnClick
                    rightSection={<PrioritySign size={17} stroke={1.8} aria-hidden />}
                  >
                    {t(`priority.${priority}`)}
                  </Menu.RadioItem>
                );
              })}
            </Menu.RadioGroup>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Where the focus goes with an action: to the menu's own button, or, with a row that goes, to that of the row after or before it, or to the view. */
function focusTarget(button: HTMLButtonElement | null, action: TaskAction): HTMLElement | null {
  const row = button?.closest('tr');
  if (action !== 'delete' || row == null) return button;
  const other = row.nextElementSibling ?? row.previousElementSibling;
  return other?.querySelector<HTMLElement>('[aria-haspopup=menu]') ?? document.getElementById(CONTENT_ID);
}
