import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { readFilter } from '~/api/task-filter';
import { readTaskSearch } from '~/features/task/task-search';
import { readOverviewSearch } from '~/features/overview/overview-search';
import { readPageSearch } from '~/features/page-viewer/page-search';
import { Failure } from '~/components/Failure';
import { loadPart } from '~/live/load-part';
import { NothingHere } from './NothingHere';
import { Shell } from './Shell';
import { ViewSkeleton } from '~/components/ViewSkeleton';

const root = createRootRoute({ component: Shell, notFoundComponent: NothingHere });

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readOverviewSearch,
  component: lazyRouteComponent(() => loadPart(() => import('~/features/overview/Overview')), 'Overview'),
});

const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: readFilter,
  component: lazyRouteComponent(() => loadPart(() => import('~/features/tasks/Tasks')), 'Tasks'),
});

const task = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$taskId',
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => loadPart(() => import('~/features/task/TaskView')), 'TaskView'),
});

const page = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$taskId/pages/$page',
  validateSearch: readPageSearch,
  component: lazyRouteComponent(() => loadPart(() => import('~/features/page-viewer/PageViewer')), 'PageViewer'),
});

const submit = createRoute({
  getParentRoute: () => root,
  path: '/submit',
  component: lazyRouteComponent(() => loadPart(() => import('~/features/submit/Submit')), 'Submit'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => loadPart(() => import('~/features/settings/SettingsView')), 'SettingsView'),
});

/** Every view and what its address may carry. */
export const router = createRouter({
  routeTree: root.addChildren([overview, tasks, task, page, submit, settings]),
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultPendingMs: 200,
  defaultPendingComponent: ViewSkeleton,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} isView />,
});

/** Fetches the code of the views not opened yet, so that they open at once, and also while the server is away. */
export function loadAllViews(): void {
  for (const { options } of Object.values(router.routesById)) {
    const view = options.component as { preload?: () => Promise<void> | undefined } | undefined;
    void view?.preload?.();
  }
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
