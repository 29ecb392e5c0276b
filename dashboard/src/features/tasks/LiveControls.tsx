import { Button, Switch } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { PAGE_SIZE } from '~/api/queries';
import type { NewTasks } from './use-new-tasks';

/** The pill that tells of new tasks, and the switch that holds the rows still. */
export function LiveControls({ holding, onToggle, newer }: { holding: boolean; onToggle: () => void; newer: NewTasks }) {
  const { t } = useTranslation('tasks');
  const count = Math.min(newer.count, PAGE_SIZE);
  const many = newer.count >= PAGE_SIZE ? `${PAGE_SIZE}+` : String(count);
  return (
    <>
      {/* Without a box of its own: empty, it would take a gap. */}
      <div aria-live="polite" style={{ display: 'contents' }}>
        {count > 0 && (
          <Button
            size="compact-md"
            radius="xl"
            variant="light"
            leftSection={<IconArrowUp size={16} aria-hidden />}
            onClick={() => {
              if (holding) onToggle();
              newer.show();
            }}
          >
            {t('newer', { count, many })}
          </Button>
        )}
      </div>
      <Switch label={t('live')} checked={!holding} onChange={onToggle} />
    </>
  );
}
