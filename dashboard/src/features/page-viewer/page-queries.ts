import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { PageState } from '~/api/types';
import { api, dataOf } from '~/api/client';

/** The reading of a finished page. It is asked for anew when `state` tells that the page was read once more. */
export function pageQuery(taskId: string, { page, attempt, confidence, duration_ms }: PageState) {
  return queryOptions({
    queryKey: ['page', taskId, page, `${attempt} ${confidence} ${duration_ms}`],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/ocr/tasks/{task_id}/pages/{page}', { params: { path: { task_id: taskId, page } }, signal })),
    placeholderData: (before, query) => (query?.queryKey[2] === page ? keepPreviousData(before) : undefined),
  });
}

/** Minutes an image is kept after it was shown, so that going back is at once. */
const IMAGE_MINUTES = 2;

/** The page as a picture of so many pixels' width. While a larger one is fetched, the smaller one stays. */
export function pageImageQuery(taskId: string, page: number, width: number) {
  return queryOptions({
    queryKey: ['page-image', taskId, page, width],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/ocr/tasks/{task_id}/pages/{page}/image', {
          params: { path: { task_id: taskId, page }, query: { width } },
          parseAs: 'blob',
          signal,
        }),
      ) as Promise<Blob>,
    staleTime: Infinity,
    gcTime: IMAGE_MINUTES * 60_000,
    placeholderData: (before: Blob | undefined, query) => (query?.queryKey[2] === page ? before : undefined),
  });
}
