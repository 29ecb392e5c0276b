import { Checkbox, Skeleton, Table, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { TaskListFilter, TaskSort } from '~/api/task-filter';
import { DEFAULT_SORT } from '~/api/task-filter';
import type { TaskSummary } from '~/api/types';
import { TaskRow } from './TaskRow';
import classes from './TaskTable.module.css';
import type { Selection } from './use-selection';

interface TaskTableProps {
  tasks: TaskSummary[] | undefined;
  filter: TaskListFilter;
  onChange: (filter: TaskListFilter) => void;
  selection: Selection;
}

type SortKey = 'name' | 'status' | 'priority' | 'created_at';

/** The rows. On narrow screens each becomes a card. */
export function TaskTable({ tasks, filter, onChange, selection }: TaskTableProps) {
  const { t } = useTranslation('tasks');
  const sort = filter.sort ?? DEFAULT_SORT;
  const heads: { key: SortKey | undefined; label: string; className?: string }[] = [
    { key: 'name', label: t('columns.document') },
    { key: 'status', label: t('columns.status'), className: classes.status },
    { key: undefined, label: t('columns.progress'), className: classes.progress },
    { key: 'priority', label: t('columns.priority'), className: classes.priority },
    { key: 'created_at', label: t('columns.added'), className: classes.added },
  ];
  const sortBy = (key: SortKey) => onChange({ ...filter, sort: nextSort(sort, key) });

  return (
    <div className={`panel ${classes.frame}`}>
      <Table className={classes.table} verticalSpacing={0} aria-busy={tasks === undefined}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className={classes.check}>
              <Checkbox
                aria-label={t('selectShown')}
                checked={selection.allShown}
                indeterminate={!selection.allShown && !selection.isEmpty}
                onChange={() => (selection.allShown ? selection.clear() : selection.selectAllShown())}
              />
            </Table.Th>
            {heads.map(({ key, label, className }) => (
              <Table.Th key={label} className={className} aria-sort={key === undefined ? undefined : ariaSort(sort, key)}>
                {key === undefined ? (
                  label
                ) : (
                  <SortButton label={label} sorted={ariaSort(sort, key)} onClick={() => sortBy(key)} />
                )}
              </Table.Th>
            ))}
            <Table.Th className={classes.menu}>
              <VisuallyHidden>{t('columns.actions')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tasks === undefined
            ? Array.from({ length: 10 }, (_, index) => <SkeletonRow key={index} columns={heads.length + 2} />)
            : tasks.map((task) => (
                <TaskRow key={task.task_id} task={task} selected={selection.has(task.task_id)} onSelect={selection.toggle} />
              ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function SortButton({
  label,
  sorted,
  onClick,
}: {
  label: string;
  sorted: 'ascending' | 'descending' | 'none';
  onClick: () => void;
}) {
  const Sign = sorted === 'ascending' ? IconArrowUp : sorted === 'descending' ? IconArrowDown : IconSelector;
  return (
    <button type="button" className={classes.sort} onClick={onClick}>
      {label}
      <Sign size={14} stroke={2} aria-hidden opacity={sorted === 'none' ? 0.45 : 1} />
    </button>
  );
}

function SkeletonRow({ columns }: { columns: number }) {
  return (
    <Table.Tr className={classes.row}>
      {Array.from({ length: columns }, (_, index) => (
        <Table.Td key={index}>
          <Skeleton height={16} width={index === 0 ? 18 : index === 1 ? '70%' : '55%'} />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function ariaSort(sort: TaskSort, key: SortKey): 'ascending' | 'descending' | 'none' {
  if (sort === key) return 'ascending';
  return sort === `-${key}` ? 'descending' : 'none';
}

/** Time starts with the newest, everything else with the first. */
function nextSort(sort: TaskSort, key: SortKey): TaskSort | undefined {
  const first: TaskSort = key === 'created_at' ? '-created_at' : key;
  const second: TaskSort = key === 'created_at' ? 'created_at' : `-${key}`;
  const next = sort === first ? second : first;
  return next === DEFAULT_SORT ? undefined : next;
}
