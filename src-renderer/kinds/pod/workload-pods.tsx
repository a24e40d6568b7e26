import { labelMatcherOf } from '@shared/api/selectors.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { LabelSelector } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { useMemo } from 'react';
import { useObjects } from '../../data/context.tsx';
import { PodTable } from './pod-table.tsx';

/** The pods a workload's selector picks, live. */
export function WorkloadPods({
  cluster,
  namespace,
  selector,
}: {
  cluster: string;
  namespace: string | undefined;
  selector: DeepReadonly<LabelSelector> | undefined;
}) {
  const { objects, synced } = useObjects({ kind: podKind, namespace });
  const pods = useMemo(() => {
    const matcher = labelMatcherOf(selector as Parameters<typeof labelMatcherOf>[0]);
    return objects.filter((pod) => matcher.matches(pod.metadata?.labels));
  }, [objects, selector]);
  return <PodTable cluster={cluster} title="Pods" pods={pods} synced={synced} where="node" />;
}
