import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useApp, useKinds, useObjects } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { useDialogs } from '../resource/dialogs.ts';
import { groupParam, objectParams, refOfObject } from '../resource/kind-paths.ts';
import type { AnyObject } from '../resource/list-model.ts';
import { useToasts } from '../ui/toast.tsx';
import type { PaletteItem } from './palette-items.ts';
import { useTheme } from './theme.ts';

/** Places and actions that need no objects. */
export function useAppItems(cluster: string | undefined): readonly PaletteItem[] {
  const app = useApp();
  const clusters = useReadable(app.clusters);
  const navigate = useNavigate();
  const toasts = useToasts();
  const dialogs = useDialogs();
  const { set } = useTheme();
  const { kinds } = useKinds(cluster);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `set` only writes
  return useMemo(() => {
    const call = (method: 'cluster.start' | 'cluster.stop', name: string) =>
      void app.rpc.call(method, { name }).catch(toasts.failed);
    const items = [
      action('create', 'Create cluster', () => void navigate({ to: '/', search: { create: true } })),
    ];
    if (cluster !== undefined) items.push(...clusterItems(cluster, { navigate, dialogs, kinds }));
    items.push(place('clusters', 'Clusters', () => void navigate({ to: '/' })));
    for (const { name, state } of clusters ?? []) {
      const open = () => void navigate({ to: '/c/$cluster', params: { cluster: name } });
      items.push({ ...place(`cluster-${name}`, name, open), hint: `cluster, ${state}` });
      if (state === 'running') {
        const stop = action(`stop-${name}`, `Stop cluster ${name}`, () => call('cluster.stop', name));
        items.push({ ...stop, disruptive: true });
      }
      if (state === 'stopped')
        items.push(action(`start-${name}`, `Start ${name}`, () => call('cluster.start', name)));
    }
    items.push(
      action('settings', 'Settings', () => dialogs.settings()),
      action('light', 'Theme: light', () => set('light')),
      action('dark', 'Theme: dark', () => set('dark')),
      action('system', 'Theme: as the system', () => set('system')),
    );
    return items;
  }, [app, clusters, navigate, toasts, dialogs, cluster, kinds]);
}

/** What can be done in a cluster, and its pages. */
function clusterItems(
  cluster: string,
  {
    navigate,
    dialogs,
    kinds,
  }: {
    readonly navigate: ReturnType<typeof useNavigate>;
    readonly dialogs: ReturnType<typeof useDialogs>;
    readonly kinds: readonly AnyKind[];
  },
): readonly PaletteItem[] {
  const params = { cluster };
  return [
    { ...action('add-nodes', 'Add nodes', () => dialogs.addNodes(cluster)), hint: cluster },
    { ...action('load-images', 'Load images', () => dialogs.loadImages(cluster)), hint: cluster },
    {
      ...action('apply', 'Apply YAML', () => void navigate({ to: '/c/$cluster/apply', params })),
      hint: cluster,
    },
    { ...place('overview', 'Overview', () => void navigate({ to: '/c/$cluster', params })), hint: cluster },
    ...kinds.map((kind) => {
      const to = { ...params, group: groupParam(kind.group), plural: kind.plural };
      const open = () => void navigate({ to: '/c/$cluster/r/$group/$plural', params: to });
      return {
        ...place(`kind-${kind.group}-${kind.plural}`, kind.view.title, open),
        hint: kind.shortNames[0] ?? kind.plural,
      };
    }),
  ];
}

function action(id: string, label: string, run: () => void): PaletteItem {
  return { id, label, hint: '', group: 'Actions', run };
}

function place(id: string, label: string, run: () => void): PaletteItem {
  return { id, label, hint: '', group: 'Go to', run };
}

/** Objects people look for by name; watched while the palette is open. */
export function useObjectItems(cluster: string): readonly PaletteItem[] {
  const navigate = useNavigate();
  const pods = useObjects({ kind: podKind }).objects;
  const deployments = useObjects({ kind: deploymentKind }).objects;
  const services = useObjects({ kind: serviceKind }).objects;
  const nodes = useObjects({ kind: nodeKind }).objects;
  const namespaces = useObjects({ kind: namespaceKind }).objects;
  return useMemo(() => {
    const of = (kind: AnyKind, objects: readonly AnyObject[]): PaletteItem[] =>
      objects.map((object) => ({
        id: `${kind.kind}-${object.metadata?.uid ?? object.metadata?.name}`,
        label: object.metadata?.name ?? '',
        hint: [kind.kind, object.metadata?.namespace].filter(Boolean).join(' · '),
        group: 'Objects',
        run: () =>
          void navigate({
            to: '/c/$cluster/r/$group/$plural/$namespace/$name',
            params: objectParams(cluster, kind, refOfObject(object)),
          }),
      }));
    return [
      ...of(deploymentKind, deployments),
      ...of(serviceKind, services),
      ...of(nodeKind, nodes),
      ...of(namespaceKind, namespaces),
      ...of(podKind, pods),
    ];
  }, [navigate, cluster, pods, deployments, services, nodes, namespaces]);
}
