import type { Node, Pod } from '@shared/kinds/wire.ts';
import { quantityToNumber } from '@shared/lib/quantity.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { hollowNodeLabel } from '@shared/rpc/cluster-config.ts';
import { useUsage } from '../../data/context.tsx';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { formatBytes, formatCores } from '../../ui/format.ts';
import { podRequest } from '../overview/summary.ts';
import { UsageCard } from './usage-card.tsx';

const madeUp = 'made up: the node is simulated';

/** Use of a node. */
export function NodeUsage({ object }: PanelProps) {
  const node = object as DeepReadonly<Node>;
  const name = node.metadata?.name ?? '';
  const simulated = node.metadata?.labels?.[hollowNodeLabel] !== undefined;
  const usage = useUsage([name]).nodes.get(name);
  const { cpu, memory } = node.status?.allocatable ?? {};
  if (usage === undefined) return null;
  return (
    <UsageCard
      usage={usage}
      cpuNote={simulated ? madeUp : cpu && `of ${formatCores(quantityToNumber(cpu))} allocatable`}
      memoryNote={simulated ? madeUp : memory && `of ${formatBytes(quantityToNumber(memory))} allocatable`}
    />
  );
}

/** Use of a pod that runs; nothing while it does not. */
export function PodUsage({ object }: PanelProps) {
  const pod = object as DeepReadonly<Pod>;
  const running = pod.status?.phase === 'Running' && pod.spec?.nodeName;
  const usage = useUsage(running ? [running] : []).pods.get(pod.metadata?.uid ?? '');
  if (!running || usage === undefined) return null;
  const simulated = pod.status?.containerStatuses?.[0]?.containerID?.startsWith('hollow://') ?? false;
  const cpu = podRequest(pod, 'cpu');
  const memory = podRequest(pod, 'memory');
  return (
    <UsageCard
      usage={usage}
      cpuNote={simulated ? madeUp : cpu > 0 ? `of ${formatCores(cpu)} requested` : 'nothing requested'}
      memoryNote={
        simulated ? madeUp : memory > 0 ? `of ${formatBytes(memory)} requested` : 'nothing requested'
      }
    />
  );
}
