import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { toastDone, toastFailed } from '~/components/toasts';
import { useErrorWords } from '~/i18n/error-words';
import type { ReadingOptions } from './diagnose';
import { acceptedOf, readingsQuery, replacedBy, useAccept, useReadAgain } from './readings';

/**
 * Reading a page again and taking a reading, with their toasts.
 * @param show called with the id of the reading to compare, or with none once it was taken
 */
export function useReadings(taskId: string, page: number, enabled: boolean, show: (readingId: string | undefined) => void) {
  const { t } = useTranslation('page');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const queries = useQueryClient();
  const readings = useQuery({ ...readingsQuery(taskId, page), enabled }).data;
  const readAgain = useReadAgain(taskId, page);
  const acceptance = useAccept(taskId, page);
  const onError = (error: unknown) => toastFailed(common('done.failed'), words(error).title);
  const present = acceptedOf(readings);

  return {
    /** Later readings of the page: the first one of all if another was taken, then the oldest. */
    later: readings ?? [],
    /** The id of the one in the result; undefined while that is the first one and no other was ever taken. */
    presentId: present?.reading_id,
    isReading: readAgain.isPending,
    isAccepting: acceptance.isPending,
    read: (options: ReadingOptions) =>
      readAgain.mutate(options, { onError, onSuccess: ({ reading }) => show(reading.reading_id) }),
    accept: (id: string) =>
      acceptance.mutate(id, {
        onError,
        onSuccess: ({ reading }) => {
          show(undefined);
          const before = replacedBy(queries.getQueryData(readingsQuery(taskId, page).queryKey) ?? [], present);
          toastDone({
            message: t(reading.original ? 'compare.restored' : 'compare.accepted', { page }),
            undo: before && { label: common('undo'), run: () => acceptance.mutate(before.reading_id, { onError }) },
          });
        },
      }),
  };
}
