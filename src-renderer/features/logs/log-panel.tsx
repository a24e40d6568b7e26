import { labelMatcherOf } from '@shared/api/selectors.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { useMemo, useState } from 'react';
import { useObjects } from '../../data/context.tsx';
import type { LogOptions, LogSource } from '../../data/log-stream.ts';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { valueAt } from '../../resource/json-path.ts';
import { Empty, SkeletonLines } from '../../ui/feedback.tsx';
import { LogView } from './log-view.tsx';

const initial: LogOptions = { follow: true, previous: false, tailLines: 1000, sinceSeconds: undefined };
/** More at once would be more noise than news. */
const sourcesAtMost = 50;

/** The logs of a pod's containers, or of all pods of a workload, as one. */
export function LogPanel({ kind, object }: PanelProps) {
  const [options, setOptions] = useState(initial);
  const isPod = kind.kind === 'Pod';
  const pods = useObjects(isPod ? null : { kind: podKind, namespace: object.metadata?.namespace });
  const selectorPath = kind.scale?.selector ?? 'spec.selector';
  const sources = useMemo(() => {
    if (isPod) return sourcesOf(object as DeepReadonly<Pod>);
    const matcher = labelMatcherOf(valueAt(object, selectorPath) as Parameters<typeof labelMatcherOf>[0]);
    return pods.objects.filter((pod) => matcher.matches(pod.metadata?.labels)).flatMap(sourcesOf);
  }, [isPod, object, pods.objects, selectorPath]);
  if (!isPod && !pods.synced)
    return (
      <div style={{ padding: 24 }}>
        <SkeletonLines />
      </div>
    );
  if (sources.length === 0) {
    return (
      <Empty title="No pods to read from">
        As soon as {object.metadata?.name} has a pod, its log appears here.
      </Empty>
    );
  }
  return (
    <LogView
      sources={sources.slice(0, sourcesAtMost)}
      left={sources.length - sourcesAtMost}
      title={object.metadata?.name ?? 'log'}
      options={options}
      onOptions={(change) => setOptions({ ...options, ...change })}
    />
  );
}

/** Init containers first, as they run; one that never started has nothing to read yet and is tried until it has. */
function sourcesOf(pod: DeepReadonly<Pod>): LogSource[] {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return containers.map((container) => ({ namespace, pod: name, container: container.name }));
}
