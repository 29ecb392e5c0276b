import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '~/api/client';
import type { components } from '~/api/schema.gen';
import type { ReadingOptions } from './diagnose';

/** A reading of a page that was asked for after the first one; or the first one, once another was taken. */
export type LaterReading = components['schemas']['ReadingDto'];

/** Milliseconds between two looks at a reading that is under way. */
const LOOK_MS = 800;

const pathOf = (taskId: string, page: number) => ({ task_id: taskId, page });

/** Whether a reading has come to its end. */
export function isEnded({ state }: LaterReading): boolean {
  return state === 'done' || state === 'failed';
}

/** The later readings of a page, oldest first. */
export function readingsQuery(taskId: string, page: number) {
  return queryOptions({
    queryKey: ['readings', taskId, page],
    queryFn: async ({ signal }) => {
      const path = pathOf(taskId, page);
      return (await dataOf(api.GET('/api/ocr/tasks/{task_id}/pages/{page}/readings', { params: { path }, signal }))).readings;
    },
  });
}

/** A later reading with what it reads. */
export function readingQuery(taskId: string, page: number, readingId: string) {
  return queryOptions({
    queryKey: ['reading', taskId, page, readingId],
    queryFn: ({ signal }) => {
      const path = { ...pathOf(taskId, page), reading_id: readingId };
      return dataOf(api.GET('/api/ocr/tasks/{task_id}/pages/{page}/readings/{reading_id}', { params: { path }, signal }));
    },
    refetchInterval: (query) => (query.state.data && !isEnded(query.state.data.reading) ? LOOK_MS : false),
  });
}

/** Reads a page again. The answer is there when the reading is, or after some seconds without it. */
export function useReadAgain(taskId: string, page: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (options: ReadingOptions) =>
      dataOf(
        api.POST('/api/ocr/tasks/{task_id}/pages/{page}/readings', {
          params: { path: pathOf(taskId, page) },
          body: options,
        }),
      ),
    onSuccess: (comparison) => {
      queries.setQueryData(readingQuery(taskId, page, comparison.reading.reading_id).queryKey, comparison);
      void queries.invalidateQueries({ queryKey: ['readings', taskId, page] });
    },
  });
}

/** Puts a reading into the result, which is then made anew. */
export function useAccept(taskId: string, page: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (readingId: string) => {
      const path = { ...pathOf(taskId, page), reading_id: readingId };
      return dataOf(api.POST('/api/ocr/tasks/{task_id}/pages/{page}/readings/{reading_id}/accept', { params: { path } }));
    },
    // The readings are fetched before anybody is told: the first one is among them only now.
    onSuccess: () =>
      Promise.all(
        [
          ['page', taskId, page],
          ['pages', taskId],
          ['readings', taskId, page],
          ['reading', taskId, page],
          ['task', taskId],
        ].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
}

/** The reading that is the page's result now; undefined while it is the first one and no other was ever taken. */
export function acceptedOf(readings: readonly LaterReading[] | undefined): LaterReading | undefined {
  return readings
    ?.filter(({ accepted_at }) => accepted_at !== null)
    .toSorted((a, b) => Date.parse(b.accepted_at!) - Date.parse(a.accepted_at!))[0];
}

/** What undoes the taking of another reading: taking the one that was the result before. Known once that has been taken. */
export function replacedBy(later: readonly LaterReading[], present: LaterReading | undefined): LaterReading | undefined {
  return present ?? later.find(({ original }) => original);
}
