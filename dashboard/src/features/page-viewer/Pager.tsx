import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import classes from './PageViewer.module.css';

interface PagerProps {
  page: number;
  count: number;
  onShow: (page: number) => void;
}

/** To the page before, the next, or the one whose number is typed. */
export function Pager({ page, count, onShow }: PagerProps) {
  const { t } = useTranslation('page');
  const format = useFormat();
  const [typed, setTyped] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = Number(typed);
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= count) onShow(wanted);
    setTyped(undefined);
  };

  return (
    <form className={classes.pager} onSubmit={submit}>
      <Tooltip label={`${t('pager.previous')} (k)`}>
        <ActionIcon aria-label={t('pager.previous')} disabled={page <= 1} onClick={() => onShow(page - 1)}>
          <IconChevronLeft size={19} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <TextInput
        aria-label={t('pager.number')}
        value={typed ?? String(page)}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => setTyped(undefined)}
        onFocus={(event) => event.currentTarget.select()}
        inputMode="numeric"
        size="xs"
        classNames={{ input: classes.number }}
      />
      <span className="numbers">{t('pager.of', { total: format.integer(count) })}</span>
      <Tooltip label={`${t('pager.next')} (j)`}>
        <ActionIcon aria-label={t('pager.next')} disabled={page >= count} onClick={() => onShow(page + 1)}>
          <IconChevronRight size={19} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </form>
  );
}
