import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaskEvent } from '~/api/types';
import { useFormat } from '~/i18n/format';
import { readFacts } from './event-facts';

/** Puts an event into a sentence: which pages, which attempt, and what comes next. */
export function useEventWords(): (event: TaskEvent) => string {
  const { t } = useTranslation('task');
  const { t: common } = useTranslation();
  const format = useFormat();
  return useCallback(
    (event: TaskEvent) => {
      const { firstPage, lastPage, attempt, waitSeconds, failedPages, priority } = readFacts(event);
      const pages =
        firstPage === undefined
          ? ''
          : firstPage === lastPage
            ? t('timeline.page', { page: firstPage })
            : t('timeline.pages', { first: firstPage, last: lastPage });
      const words = { pages, count: failedPages ?? 0, priority: priority === undefined ? '' : common(`priority.${priority}`) };
      const said = t(`event.${event.type}`, { ...words, defaultValue: event.type });
      const again = attempt !== undefined && attempt > 1 ? ` ${t('timeline.attempt', { attempt })}` : '';
      const wait = waitSeconds === undefined ? '' : ` ${t('timeline.wait', { time: format.duration(waitSeconds) })}`;
      return said + again + wait;
    },
    [t, common, format],
  );
}
