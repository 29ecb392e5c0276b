import {
  Anchor,
  Checkbox,
  Collapse,
  MultiSelect,
  PasswordInput,
  Radio,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Button,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { providersQuery } from '~/api/queries';
import { PRIORITIES, type Format, type Mode, type Priority } from '~/api/types';
import { Panel } from '~/components/Panel';
import { useLanguageName, useProviderName } from '~/i18n/names';
import { arePages, PDF_CHANGES, type PdfChange, type SubmitOptions } from './submit-options';

const FORMATS = ['pdf', 'pdfa', 'txt', 'md', 'json', 'hocr', 'alto', 'tsv', 'zip'] as const satisfies readonly Format[];
const MODES = ['skip_text', 'redo', 'force'] as const satisfies readonly Mode[];

/** Characters the API takes. */
const LONGEST_TENANT = 100;

interface OptionsFormProps {
  options: SubmitOptions;
  onChange: (part: Partial<SubmitOptions>) => void;
}

/** What engines call the languages the dashboard speaks. */
const OWN_LANGUAGES: Readonly<Record<string, string>> = { en: 'eng', fr: 'fra' };

/** The language of the dashboard itself, where documents can be read in it: most people's documents are in theirs. */
function ownLanguage(language: string, readable: readonly string[]): string | undefined {
  const code = OWN_LANGUAGES[language];
  return code !== undefined && readable.includes(code) ? code : undefined;
}

/** How documents are to be read, in the words people use. */
export function OptionsForm({ options, onChange }: OptionsFormProps) {
  const { t, i18n } = useTranslation('submit');
  const { t: common } = useTranslation();
  const [more, { toggle }] = useDisclosure(false);
  const providers = useQuery(providersQuery).data;
  const languageName = useLanguageName();
  const providerName = useProviderName();
  const ready = providers?.providers.filter(({ ready }) => ready) ?? [];
  const chosen = ready.find(({ name }) => name === (options.provider || providers?.default_provider));
  const own = ownLanguage(i18n.language, chosen?.languages ?? []);
  const offersOwn = own !== undefined && options.languages.length === 0 && own !== providers?.default_language;
  const languages = [...new Set([...(chosen?.languages ?? []), ...options.languages])];

  return (
    <Panel title={t('options.title')}>
      <Stack gap="lg">
        <MultiSelect
          label={t('options.language')}
          description={t('options.languageHow')}
          placeholder={options.languages.length === 0 && providers ? languageName(providers.default_language) : undefined}
          data={languages.map((code) => ({ value: code, label: languageName(code) }))}
          value={options.languages}
          onChange={(languages) => onChange({ languages })}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('options.clearLanguage') }}
        />
        {offersOwn && (
          <Text size="sm" c="dimmed" mt={-12}>
            {t('options.ownLanguage', { language: languageName(own, 'inText') })}{' '}
            <Anchor component="button" type="button" inherit onClick={() => onChange({ languages: [own] })}>
              {t('options.takeOwnLanguage', { language: languageName(own, 'inText') })}
            </Anchor>
          </Text>
        )}
        <div>
          <Text id="priority-label" size="sm" fw={500} mb={4}>
            {t('options.priority')}
          </Text>
          <SegmentedControl
            aria-labelledby="priority-label"
            fullWidth
            size="xs"
            value={options.priority}
            onChange={(priority) => onChange({ priority: priority as Priority })}
            data={[...PRIORITIES].reverse().map((priority) => ({ value: priority, label: common(`priority.${priority}`) }))}
          />
          <Text size="xs" c="dimmed" mt={5}>
            {t(`options.priorityHow.${options.priority}`)}
          </Text>
        </div>
        <Radio.Group label={t('options.mode')} value={options.mode} onChange={(mode) => onChange({ mode: mode as Mode })}>
          <Stack gap={8} mt={6}>
            {MODES.map((mode) => (
              <Radio
                key={mode}
                value={mode}
                label={t(`options.modes.${mode}.label`)}
                description={t(`options.modes.${mode}.what`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Checkbox.Group
          label={t('options.formats')}
          value={options.formats}
          onChange={(formats) => onChange({ formats: formats as Format[] })}
          error={options.formats.length === 0 ? t('options.noFormat') : undefined}
        >
          <Stack gap={8} mt={6}>
            {FORMATS.map((format) => (
              <Checkbox key={format} value={format} label={common(`format.${format}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={more}
          rightSection={<IconChevronDown size={15} aria-hidden style={{ rotate: more ? '180deg' : '0deg' }} />}
          style={{ alignSelf: 'flex-start' }}
        >
          {t('options.more')}
        </Button>
        <Collapse expanded={more}>
          <Stack gap="lg">
            <TextInput
              label={t('options.pages')}
              description={t('options.pagesHow')}
              value={options.pages}
              onChange={(event) => onChange({ pages: event.currentTarget.value })}
              error={arePages(options.pages) ? undefined : t('options.pagesWrong')}
            />
            <Checkbox.Group
              label={t('options.changes')}
              value={options.changes}
              onChange={(changes) => onChange({ changes: changes as PdfChange[] })}
            >
              <Stack gap={8} mt={6}>
                {PDF_CHANGES.map((change) => (
                  <Checkbox
                    key={change}
                    value={change}
                    label={t(`options.change.${change}.label`)}
                    description={t(`options.change.${change}.what`)}
                  />
                ))}
              </Stack>
            </Checkbox.Group>
            <Select
              label={t('options.provider')}
              data={[
                { value: '', label: t('options.anyProvider') },
                ...ready.map(({ name }) => ({ value: name, label: providerName(name) })),
              ]}
              value={options.provider}
              onChange={(provider) => onChange({ provider: provider ?? '', languages: [] })}
              allowDeselect={false}
            />
            <TextInput
              label={t('options.tenant')}
              description={t('options.tenantHow')}
              value={options.tenant}
              onChange={(event) => onChange({ tenant: event.currentTarget.value })}
              maxLength={LONGEST_TENANT}
            />
            <PasswordInput
              label={t('options.password')}
              description={t('options.passwordHow')}
              value={options.password}
              onChange={(event) => onChange({ password: event.currentTarget.value })}
              autoComplete="off"
              visibilityToggleButtonProps={{ 'aria-label': t('options.showPassword') }}
            />
          </Stack>
        </Collapse>
      </Stack>
    </Panel>
  );
}
