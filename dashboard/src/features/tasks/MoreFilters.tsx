import { Box, Collapse, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { providersQuery } from '~/api/queries';
import type { TaskListFilter } from '~/api/task-filter';
import { useLanguageName, useProviderName } from '~/i18n/names';

type MoreKey = 'from' | 'to' | 'provider' | 'language' | 'meta' | 'batch' | 'tenant';
const KEYS: readonly MoreKey[] = ['from', 'to', 'provider', 'language', 'meta', 'batch', 'tenant'];

export function moreFiltersUsed(filter: TaskListFilter): number {
  return KEYS.filter((key) => filter[key] !== undefined).length;
}

/** The filters used more rarely. */
export function MoreFilters({
  open,
  filter,
  onSet,
}: {
  open: boolean;
  filter: TaskListFilter;
  onSet: (part: TaskListFilter) => void;
}) {
  const { t } = useTranslation('tasks');
  const providers = useQuery({ ...providersQuery, enabled: open }).data?.providers ?? [];
  const providerName = useProviderName();
  const languageName = useLanguageName();
  const languages = [...new Set(providers.flatMap((provider) => provider.languages))].sort();
  const chosen = (value: string | undefined, known: string[]) => [
    ...new Set([...known, ...(value === undefined ? [] : [value])]),
  ];

  return (
    <Collapse expanded={open} id="more-filters">
      <Box className="panel" p="md" mt="sm">
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
          <TextInput
            type="date"
            label={t('filters.from')}
            value={filter.from ?? ''}
            max={filter.to}
            onChange={(event) => onSet({ from: event.currentTarget.value || undefined })}
          />
          <TextInput
            type="date"
            label={t('filters.to')}
            value={filter.to ?? ''}
            min={filter.from}
            onChange={(event) => onSet({ to: event.currentTarget.value || undefined })}
          />
          <Select
            label={t('filters.provider')}
            placeholder={t('filters.anyProvider')}
            data={chosen(
              filter.provider,
              providers.map(({ name }) => name),
            ).map((name) => ({ value: name, label: providerName(name) }))}
            value={filter.provider ?? null}
            onChange={(provider) => onSet({ provider: provider ?? undefined })}
            clearable
            clearButtonProps={{ 'aria-label': t('filters.clearProvider') }}
          />
          <Select
            label={t('filters.language')}
            placeholder={t('filters.anyLanguage')}
            data={chosen(filter.language, languages).map((code) => ({ value: code, label: languageName(code) }))}
            value={filter.language ?? null}
            onChange={(language) => onSet({ language: language ?? undefined })}
            clearable
            clearButtonProps={{ 'aria-label': t('filters.clearLanguage') }}
          />
          <LateField
            label={t('filters.metadata')}
            description={t('filters.metadataHow')}
            value={filter.meta}
            onCommit={(meta) => onSet({ meta })}
          />
          <LateField
            label={t('filters.batch')}
            description={t('filters.batchHow')}
            value={filter.batch}
            onCommit={(batch) => onSet({ batch })}
          />
          <LateField
            label={t('filters.tenant')}
            description={t('filters.tenantHow')}
            value={filter.tenant}
            onCommit={(tenant) => onSet({ tenant })}
          />
        </SimpleGrid>
      </Box>
    </Collapse>
  );
}

interface LateFieldProps {
  label: string;
  description: string;
  value: string | undefined;
  onCommit: (value: string | undefined) => void;
}

/** A field whose value makes sense only once it is written out: it counts on Enter, or when it is left. */
function LateField({ label, description, value, onCommit }: LateFieldProps) {
  const [typed, setTyped] = useState(value ?? '');
  useEffect(() => setTyped(value ?? ''), [value]);
  const commit = () => {
    const written = typed.trim() === '' ? undefined : typed.trim();
    if (written !== value) onCommit(written);
  };
  return (
    <TextInput
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}
