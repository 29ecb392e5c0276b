import { Button, Group, MultiSelect, Select, SimpleGrid, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { providersQuery } from '~/api/queries';
import type { Mode } from '~/api/types';
import { useFormat } from '~/i18n/format';
import { useLanguageName, useProviderName } from '~/i18n/names';
import type { ReadingOptions } from './diagnose';
import classes from './ReadAgain.module.css';
import type { LaterReading } from './readings';

/** Earlier readings offered: the last ones. */
const MOST_SHOWN = 6;
const RESOLUTIONS = [100, 150, 200, 300, 400, 600] as const;
const MODES = ['skip_text', 'redo', 'force'] as const satisfies readonly Mode[];

interface ReadAgainProps {
  /** What the form begins with. */
  start: ReadingOptions;
  busy: boolean;
  /** Readings made before, to be looked at once more. */
  later: readonly LaterReading[];
  presentId: string | undefined;
  onCompare: (readingId: string) => void;
  onRead: (options: ReadingOptions) => void;
  onClose: () => void;
}

/** With what the page is to be read again. What is left empty stays as the task has it. */
export function ReadAgain({ start, busy, later, presentId, onRead, onCompare, onClose }: ReadAgainProps) {
  const { t } = useTranslation('page');
  const { t: common } = useTranslation();
  const providers = useQuery(providersQuery).data;
  const format = useFormat();
  const languageName = useLanguageName();
  const providerName = useProviderName();
  const [options, setOptions] = useState(start);
  const change = (part: ReadingOptions) => setOptions((before) => ({ ...before, ...part }));
  const chosen = options.language?.split('+') ?? [];
  const ready = providers?.providers.filter((provider) => provider.ready) ?? [];
  const engine = ready.find(({ name }) => name === (options.provider ?? providers?.default_provider));
  const languages = [...new Set([...(engine?.languages ?? []), ...chosen])];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRead(options);
  };

  return (
    <form
      className={classes.form}
      onSubmit={submit}
      aria-label={t('again.title')}
      onKeyDown={(event) => {
        event.stopPropagation(); // the keys of the view mean nothing in here
        const closesList = event.target instanceof Element && event.target.getAttribute('aria-expanded') === 'true';
        if (event.key === 'Escape' && !closesList) onClose();
      }}
    >
      <Text fw={600} size="sm">
        {t('again.title')}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm">
        <MultiSelect
          label={t('again.language')}
          placeholder={chosen.length === 0 ? t('again.same') : undefined}
          data={languages.map((code) => ({ value: code, label: languageName(code) }))}
          value={chosen}
          onChange={(codes) => change({ language: codes.length === 0 ? undefined : codes.join('+') })}
          searchable
          autoFocus
          openOnFocus={false}
        />
        <Select
          label={t('again.dpi')}
          data={[
            { value: '', label: t('again.same') },
            ...RESOLUTIONS.map((dpi) => ({ value: String(dpi), label: t('facts.dots', { dpi }) })),
          ]}
          value={String(options.dpi ?? '')}
          onChange={(dpi) => change({ dpi: dpi ? Number(dpi) : undefined })}
          allowDeselect={false}
        />
        <Select
          label={t('again.mode')}
          data={[
            { value: '', label: t('again.same') },
            ...MODES.map((mode) => ({ value: mode, label: t(`again.modes.${mode}`) })),
          ]}
          value={options.mode ?? ''}
          onChange={(mode) => change({ mode: (mode || undefined) as Mode | undefined })}
          allowDeselect={false}
        />
        <Select
          label={t('again.provider')}
          data={[{ value: '', label: t('again.same') }, ...ready.map(({ name }) => ({ value: name, label: providerName(name) }))]}
          value={options.provider ?? ''}
          onChange={(provider) => change({ provider: provider || undefined })}
          allowDeselect={false}
        />
      </SimpleGrid>
      {later.length > 0 && (
        <div className={classes.later}>
          <Text size="sm">{t('again.earlier')}</Text>
          {lastOf(later).map(({ reading_id, state, options: made, confidence, original }) => (
            <Button key={reading_id} size="compact-sm" variant="default" onClick={() => onCompare(reading_id)}>
              {[
                original && t('again.first'),
                languageName(made.language),
                made.dpi > 0 && t('facts.dots', { dpi: made.dpi }),
                state === 'failed' ? t('again.failed') : confidence !== null && format.percent(confidence / 100),
                reading_id === presentId && t('again.inResult'),
              ]
                .filter((words) => words !== false)
                .join(' · ')}
            </Button>
          ))}
        </div>
      )}
      <Group gap="xs" justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common('close')}
        </Button>
        <Button type="submit" loading={busy} leftSection={<IconRefresh size={16} aria-hidden />}>
          {t('again.read')}
        </Button>
      </Group>
    </form>
  );
}

/** The first reading of all, where it is listed, and the last few of the others. */
function lastOf(later: readonly LaterReading[]): LaterReading[] {
  const others = later.filter(({ original }) => !original);
  return [...later.filter(({ original }) => original), ...others.slice(-MOST_SHOWN)];
}
