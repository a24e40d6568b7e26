import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Node } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { hollowNodeLabel } from '@shared/rpc/cluster-config.ts';
import { useMemo } from 'react';
import { useCluster, useObjects, useUsage } from '../data/context.tsx';
import type { Usage, UsageSnapshot } from '../data/usage.ts';
import { formatBytes, formatCores } from '../ui/format.ts';
import type { AnyColumn, AnyObject } from './list-model.ts';

const none: readonly AnyColumn[] = [];

/** CPU and memory in use, for the wide lists of pods and nodes. */
function usageColumns(kind: AnyKind, snapshot: () => UsageSnapshot): readonly AnyColumn[] {
  if (kind.group !== '' || (kind.kind !== 'Pod' && kind.kind !== 'Node')) return none;
  const usageOf = (object: AnyObject): Usage | undefined =>
    kind.kind === 'Pod'
      ? snapshot().pods.get(object.metadata?.uid ?? '')
      : snapshot().nodes.get(object.metadata?.name ?? '');
  return [
    {
      name: 'CPU in use',
      type: 'number',
      priority: 1,
      live: true,
      description: `Cores used over the last seconds. ${madeUp}`,
      cell: (object) => usageOf(object)?.cpuCores ?? null,
      format: formatCores,
    },
    {
      name: 'Memory in use',
      type: 'number',
      priority: 1,
      live: true,
      description: `Memory that cannot be given back (working set). ${madeUp}`,
      cell: (object) => usageOf(object)?.memoryBytes ?? null,
      format: formatBytes,
    },
  ];
}

/** Their figures are made up: it is not worth asking thousands. */
const maxSimulated = 30;

const madeUp =
  'Simulated nodes and their pods make it up: half of what is requested, and only the first 30 nodes are asked.';

/** The columns of a kind's use; kubelets are asked only while they are `shown`. `tick` changes with their cells. */
export function useUsageColumns(
  kind: AnyKind,
  shown: boolean,
): { readonly columns: readonly AnyColumn[]; readonly tick: unknown } {
  const { usage } = useCluster();
  const columns = useMemo(() => usageColumns(kind, usage.get), [kind, usage]);
  const asks = shown && columns.length > 0;
  const { objects } = useObjects(asks ? { kind: nodeKind } : null);
  const names = useMemo(() => {
    const isReal = (node: DeepReadonly<Node>) => node.metadata?.labels?.[hollowNodeLabel] === undefined;
    const simulated = objects.filter((node) => !isReal(node)).slice(0, maxSimulated);
    return [...objects.filter(isReal), ...simulated].map((node) => node.metadata?.name ?? '');
  }, [objects]);
  const snapshot = useUsage(asks ? names : []);
  return { columns, tick: asks ? snapshot : null };
}
