import { Button, Group, NumberInput, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, dataOf } from '~/api/client';
import { ApiProblem } from '~/api/problem';
import { settingsQuery } from '~/api/queries';
import type { Setting } from '~/api/types';
import { toastDone } from '~/components/toasts';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import classes from './Settings.module.css';
import { useSettingWords, valueWords } from './setting-words';

/** A setting that can be changed now, for all machines at once. */
export function LiveSetting({ setting }: { setting: Setting }) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const format = useFormat();
  const words = useErrorWords();
  const queries = useQueryClient();
  const { label, what, unit } = useSettingWords(setting);
  const current = Number(setting.value);
  const [typed, setTyped] = useState<number | string>(current);
  useEffect(() => setTyped(current), [current]);

  const change = useMutation({
    mutationFn: (value: number | null) => dataOf(api.PATCH('/api/ocr/settings', { body: { [setting.name]: value } })),
    onSuccess: (settings) => queries.setQueryData(settingsQuery.queryKey, settings),
  });
  const save = () =>
    change.mutate(Number(typed), {
      onSuccess: () =>
        toastDone({
          message: t('live.saved', { label, value: format.decimal(Number(typed)) }),
          undo: { label: common('undo'), run: () => change.mutate(setting.value === setting.configured ? null : current) },
        }),
    });
  const whyNot = (error: unknown): string => {
    const { minimum: least, maximum: most } = setting;
    const refused = error instanceof ApiProblem && error.code === 'invalid_request';
    if (!refused || least === undefined || most === undefined) return words(error).title;
    return t('live.bounds', { least: format.decimal(least), most: format.decimal(most) });
  };
  const changed = typed !== '' && Number(typed) !== current;
  const ownChoice = setting.value !== setting.configured;

  return (
    <form
      className={classes.setting}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) save();
      }}
    >
      <div>
        <Text component="label" htmlFor={setting.name} size="sm" fw={560}>
          {label}
        </Text>
        <Text size="sm" c="dimmed" id={`${setting.name}-what`}>
          {what}
        </Text>
        {ownChoice && (
          <Text size="xs" c="dimmed" mt={4}>
            {t('live.configured', { value: valueWords(setting.configured, unit, format) })}{' '}
            <button type="button" className={classes.back} onClick={() => change.mutate(null)}>
              {t('live.back')}
            </button>
          </Text>
        )}
      </div>
      <Group gap="xs" wrap="nowrap" align="flex-start" className={classes.control}>
        <NumberInput
          id={setting.name}
          aria-describedby={`${setting.name}-what`}
          value={typed}
          onChange={setTyped}
          min={setting.minimum}
          max={setting.maximum}
          clampBehavior="none"
          thousandSeparator={format.separator}
          decimalSeparator={format.point}
          suffix={unit === '' ? undefined : ` ${unit}`}
          hideControls
          error={change.error === null ? undefined : whyNot(change.error)}
          flex={1}
        />
        <Button type="submit" variant={changed ? 'filled' : 'default'} disabled={!changed} loading={change.isPending}>
          {t('live.save')}
        </Button>
      </Group>
    </form>
  );
}
