import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { readPageSearch, type PageSearch } from './page-search';

const route = getRouteApi('/tasks/$taskId/pages/$page');

/** The state of the view, which lives in the address. Changes replace the entry: going back leaves the view. */
export function usePageSearch(): {
  search: PageSearch;
  change: (part: Partial<PageSearch>) => void;
  show: (page: number) => void;
} {
  const search = route.useSearch();
  const { taskId, page } = route.useParams();
  const navigate = useNavigate();
  const change = useCallback(
    (part: Partial<PageSearch>) =>
      void navigate({
        to: '/tasks/$taskId/pages/$page',
        params: { taskId, page },
        search: (before) => readPageSearch({ ...before, ...part }),
        replace: true,
        resetScroll: false,
      }),
    [navigate, taskId, page],
  );
  const show = useCallback(
    (next: number) =>
      void navigate({
        to: '/tasks/$taskId/pages/$page',
        params: { taskId, page: String(next) },
        search: (before) => ofAnotherPage(readPageSearch(before)),
        replace: true,
        resetScroll: false,
      }),
    [navigate, taskId],
  );
  return { search, change, show };
}

/** What goes along to another page: not what belongs to this one. */
export function ofAnotherPage({ threshold, zoom, view }: PageSearch): PageSearch {
  return readPageSearch({ threshold, zoom, view });
}
