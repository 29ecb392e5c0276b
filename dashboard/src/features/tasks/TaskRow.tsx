import { Checkbox, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaskSummary } from '~/api/types';
import { Ago } from '~/components/Moment';
import { PriorityMark } from '~/components/PriorityMark';
import { StatusBadge } from '~/components/StatusBadge';
import { TaskMenu } from '~/components/TaskMenu';
import { TaskProgress } from '~/components/TaskProgress';
import { useErrorWords } from '~/i18n/error-words';
import { metadataWords } from './metadata-words';
import classes from './TaskTable.module.css';

interface TaskRowProps {
  task: TaskSummary;
  selected: boolean;
  onSelect: (taskId: string, range?: boolean) => void;
}

/** One task. Only rows whose task changed are painted again. */
export const TaskRow = memo(function TaskRow({ task, selected, onSelect }: TaskRowProps) {
  const { t } = useTranslation('tasks');
  const words = useErrorWords();
  const { t: common } = useTranslation();
  const about = task.held ? common('held.why') : task.error === null ? metadataWords(task.metadata) : words(task.error).title;
  const colour = task.held ? 'var(--state-paused)' : task.error === null ? 'dimmed' : 'var(--state-failed)';
  return (
    <Table.Tr className={classes.row} data-selected={selected || undefined}>
      <Table.Td className={classes.check}>
        <Checkbox
          aria-label={t('select', { name: task.name })}
          checked={selected}
          onChange={(event) => onSelect(task.task_id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </Table.Td>
      <Table.Td className={classes.document}>
        <Link to="/tasks/$taskId" params={{ taskId: task.task_id }} className={classes.name} title={task.name}>
          {task.name}
        </Link>
        <Text size="xs" c={colour} truncate title={about}>
          {about || ' '}
        </Text>
      </Table.Td>
      <Table.Td className={classes.status}>
        <StatusBadge status={task.status} />
      </Table.Td>
      <Table.Td className={classes.progress}>
        <TaskProgress task={task} />
      </Table.Td>
      <Table.Td className={classes.priority}>
        <PriorityMark priority={task.priority} />
      </Table.Td>
      <Table.Td className={classes.added}>
        <Text size="sm" c="dimmed">
          <Ago at={task.created_at} />
        </Text>
      </Table.Td>
      <Table.Td className={classes.menu}>
        <TaskMenu task={task} />
      </Table.Td>
    </Table.Tr>
  );
});
