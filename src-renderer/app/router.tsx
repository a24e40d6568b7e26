import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { HomePage } from '../features/home/home-page.tsx';
import { OverviewPage } from '../features/overview/overview-page.tsx';
import type { ListSearch } from '../resource/list-page.tsx';
import { ClusterLayout } from './cluster-layout.tsx';
import { DetailRoute } from './detail-route.tsx';
import { ListRoute } from './list-route.tsx';
import { NotFound } from './not-found.tsx';
import { Shell } from './shell.tsx';

/** Namespaces chosen, comma-separated; carried along from page to page of a cluster. */
export interface ClusterSearch {
  readonly ns?: string;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** Only keys with a value, so that addresses stay short. */
function compact<T extends object>(search: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== false),
  ) as T;
}

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: HomePage,
  validateSearch: (search): { create?: boolean } =>
    compact<{ create?: boolean }>({ create: search.create === true ? true : undefined }),
});

const clusterRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/c/$cluster',
  component: ClusterLayout,
  validateSearch: (search): ClusterSearch => compact<ClusterSearch>({ ns: text(search.ns) }),
});

const overviewRoute = createRoute({ getParentRoute: () => clusterRoute, path: '/', component: OverviewPage });

const listRoute = createRoute({
  getParentRoute: () => clusterRoute,
  path: '/r/$group/$plural',
  component: ListRoute,
  validateSearch: (search): ListSearch =>
    compact<ListSearch>({
      q: text(search.q),
      labels: text(search.labels),
      sort: text(search.sort),
      wide: search.wide === true ? true : undefined,
    }),
});

const detailRoute = createRoute({
  getParentRoute: () => clusterRoute,
  path: '/r/$group/$plural/$namespace/$name',
  component: DetailRoute,
  validateSearch: (search): { tab?: string; container?: string } =>
    compact<{ tab?: string; container?: string }>({
      tab: text(search.tab),
      container: text(search.container),
    }),
});

const applyRoute = createRoute({
  getParentRoute: () => clusterRoute,
  path: '/apply',
  component: lazyRouteComponent(() => import('../features/editor/apply-page.tsx'), 'ApplyPage'),
  validateSearch: (search): { kind?: string } => compact<{ kind?: string }>({ kind: text(search.kind) }),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  clusterRoute.addChildren([overviewRoute, listRoute, detailRoute, applyRoute]),
]);

export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
