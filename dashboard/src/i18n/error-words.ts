import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '~/api/problem';
import type { TaskError } from '~/api/types';
import type { en } from './resources';

type KnownCode = keyof (typeof en)['errors'];

/** What an error says to its reader: in words, and the server's own details (English) for who wants them. */
export interface ErrorWords {
  title: string;
  detail: string;
}

/** Puts errors of calls, and those of tasks and pages, into the user's words. */
export function useErrorWords(): (error: unknown) => ErrorWords {
  const { t } = useTranslation('errors');
  return useCallback(
    (error: unknown) => {
      if (!isCoded(error)) return { title: t('unforeseen'), detail: error instanceof Error ? error.message : String(error) };
      const title = t(error.code as KnownCode, { defaultValue: t('unforeseen') });
      if (error instanceof ApiProblem) {
        const fields = error.fields.map(({ field, message, allowed }) =>
          `${field} ${message} ${allowed?.join(', ') ?? ''}`.trim(),
        );
        return { title, detail: [error.detail, ...fields].join('\n') };
      }
      return { title, detail: error.message };
    },
    [t],
  );
}

function isCoded(error: unknown): error is ApiProblem | TaskError {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
