import { Affix, Button, CloseButton, Group, Menu, Paper, Text, Transition } from '@mantine/core';
import { IconBan, IconFlag, IconPlayerPause, IconPlayerPlay, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaskListFilter } from '~/api/task-filter';
import { PRIORITIES, type BulkAction, type Priority } from '~/api/types';
import { keepFocus } from '~/components/keep-focus';
import { PRIORITY_ICONS } from '~/components/PriorityMark';
import { BulkDialog } from './BulkDialog';
import classes from './BulkBar.module.css';
import type { Selection } from './use-selection';

const ACTIONS = [
  { action: 'pause', Icon: IconPlayerPause },
  { action: 'resume', Icon: IconPlayerPlay },
  { action: 'retry', Icon: IconRefresh },
  { action: 'cancel', Icon: IconBan },
  { action: 'delete', Icon: IconTrash },
] as const;

export interface BulkOrder {
  action: BulkAction;
  priority?: Priority;
}

/** What can be done to the tasks chosen. Nothing happens before the dialog has told how many it concerns. */
export function BulkBar({ selection, filter, onDone }: { selection: Selection; filter: TaskListFilter; onDone: () => void }) {
  const { t } = useTranslation('tasks');
  const { t: common } = useTranslation();
  const [order, setOrder] = useState<BulkOrder | null>(null);

  return (
    <>
      <Affix
        position={{ bottom: 0, left: 'var(--app-shell-navbar-offset, 0px)', right: 0 }}
        zIndex={150}
        className={classes.place}
      >
        <Transition mounted={!selection.isEmpty} transition="slide-up" duration={120} onExited={keepFocus}>
          {(style) => (
            <Paper style={style} className={classes.bar} shadow="lg" radius="lg" role="region" aria-label={t('bulk.label')}>
              <Group gap={4} wrap="nowrap">
                <CloseButton aria-label={t('bulk.clear')} onClick={selection.clear} />
                <Text size="sm" fw={560} className="numbers" style={{ whiteSpace: 'nowrap' }} aria-live="polite">
                  {selection.all ? t('bulk.allChosen') : t('bulk.chosen', { count: selection.ids.size })}
                </Text>
                {selection.allShown && !selection.all && (
                  <Button size="compact-sm" variant="subtle" onClick={selection.selectAll}>
                    {t('bulk.chooseAll')}
                  </Button>
                )}
              </Group>
              <Group gap={4} wrap="wrap">
                {ACTIONS.map(({ action, Icon }) => (
                  <Button
                    key={action}
                    size="compact-md"
                    variant="subtle"
                    color={action === 'delete' || action === 'cancel' ? 'red' : undefined}
                    c={action === 'delete' || action === 'cancel' ? 'var(--mantine-color-error)' : undefined}
                    leftSection={<Icon size={16} aria-hidden />}
                    onClick={() => setOrder({ action })}
                  >
                    {t(`bulk.action.${action}`)}
                  </Button>
                ))}
                <Menu position="top-end">
                  <Menu.Target>
                    <Button size="compact-md" variant="subtle" leftSection={<IconFlag size={16} aria-hidden />}>
                      {t('bulk.action.set_priority')}
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {PRIORITIES.map((priority) => {
                      const Icon = PRIORITY_ICONS[priority];
                      return (
                        <Menu.Item
                          key={priority}
                          leftSection={<Icon size={16} aria-hidden />}
                          onClick={() => setOrder({ action: 'set_priority', priority })}
                        >
                          {common(`priority.${priority}`)}
                        </Menu.Item>
                      );
                    })}
                  </Menu.Dropdown>
                </Menu>
              </Group>
            </Paper>
          )}
        </Transition>
      </Affix>
      {order !== null && (
        <BulkDialog
          order={order}
          selection={selection}
          filter={filter}
          onClose={(acted) => {
            setOrder(null);
            if (!acted) return;
            selection.clear();
            onDone();
          }}
        />
      )}
    </>
  );
}
