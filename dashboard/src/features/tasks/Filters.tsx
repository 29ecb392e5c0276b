import { Button, CloseButton, Group, MultiSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { IconAdjustments, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { statsQuery } from '~/api/queries';
import { isFiltered, type TaskListFilter } from '~/api/task-filter';
import { PRIORITIES, STATUSES, type Priority, type TaskStatus } from '~/api/types';
import { useFormat } from '~/i18n/format';
import { MoreFilters, moreFiltersUsed } from './MoreFilters';

const SEARCH = 'task-search';
/** Milliseconds after the last key before a search is sent. */
const TYPING_MS = 300;

/** Puts the cursor into the search field. */
export function focusSearch(): void {
  document.getElementById(SEARCH)?.focus();
}

interface FiltersProps {
  filter: TaskListFilter;
  onChange: (filter: TaskListFilter) => void;
}

/** What the list shows. Everything chosen stands in the address. */
export function Filters({ filter, onChange }: FiltersProps) {
  const { t } = useTranslation('tasks');
  const { t: common } = useTranslation();
  const format = useFormat();
  const counts = useQuery(statsQuery).data?.tasks_by_status;
  const used = moreFiltersUsed(filter);
  const [open, { toggle }] = useDisclosure(used > 0);
  const set = (part: TaskListFilter) => onChange(withoutUndefined({ ...filter, ...part }));

  return (
    <div>
      <Group gap="sm" align="flex-start">
        <SearchField value={filter.q} onSearch={(q) => set({ q })} />
        <MultiSelect
          aria-label={t('filters.status')}
          placeholder={filter.status === undefined ? t('filters.anyStatus') : undefined}
          data={STATUSES.map((status) => ({
            value: status,
            label: common(`status.${status}`),
          }))}
          renderOption={({ option }) => (
            <Group justify="space-between" flex={1} wrap="nowrap">
              <span>{option.label}</span>
              <span className="numbers">{counts === undefined ? '' : format.compact(counts[option.value as TaskStatus])}</span>
            </Group>
          )}
          value={filter.status ?? []}
          onChange={(status) => set({ status: listOrNothing(status as TaskStatus[]) })}
          clearable
          clearButtonProps={{ 'aria-label': t('filters.clearStatus') }}
          w={{ base: 'calc(50% - 6px)', xs: 250 }}
        />
        <MultiSelect
          aria-label={t('filters.priority')}
          placeholder={filter.priority === undefined ? t('filters.anyPriority') : undefined}
          data={PRIORITIES.map((priority) => ({ value: priority, label: common(`priority.${priority}`) }))}
          value={filter.priority ?? []}
          onChange={(priority) => set({ priority: listOrNothing(priority as Priority[]) })}
          clearable
          clearButtonProps={{ 'aria-label': t('filters.clearPriority') }}
          w={{ base: 'calc(50% - 6px)', xs: 200 }}
        />
        <Button
          variant="default"
          leftSection={<IconAdjustments size={17} aria-hidden />}
          onClick={toggle}
          aria-expanded={open}
          aria-controls="more-filters"
        >
          {used > 0 ? t('filters.moreUsed', { count: used }) : t('filters.more')}
        </Button>
        {isFiltered(filter) && (
          <Button variant="subtle" onClick={() => onChange(withoutUndefined({ sort: filter.sort }))}>
            {t('filters.clear')}
          </Button>
        )}
      </Group>
      <MoreFilters open={open} filter={filter} onSet={set} />
    </div>
  );
}

function SearchField({ value, onSearch }: { value: string | undefined; onSearch: (q: string | undefined) => void }) {
  const { t } = useTranslation('tasks');
  const [typed, setTyped] = useState(value ?? '');
  const search = useDebouncedCallback((q: string) => onSearch(q.trim() === '' ? undefined : q.trim()), TYPING_MS);
  // The address may change otherwise: the back button, "clear filters".
  useEffect(() => setTyped((now) => (now.trim() === (value ?? '') ? now : (value ?? ''))), [value]);
  const change = (text: string) => {
    setTyped(text);
    search(text);
  };
  return (
    <TextInput
      id={SEARCH}
      type="search"
      aria-label={t('filters.search')}
      placeholder={t('filters.search')}
      leftSection={<IconSearch size={17} aria-hidden />}
      rightSection={typed !== '' && <CloseButton size="sm" aria-label={t('filters.clearSearch')} onClick={() => change('')} />}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      flex={1}
      miw={220}
    />
  );
}

function listOrNothing<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function withoutUndefined(filter: TaskListFilter): TaskListFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
