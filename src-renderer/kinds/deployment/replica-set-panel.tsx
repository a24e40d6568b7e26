import type { ReplicaSet } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { Card } from '../../ui/card.tsx';
import { Bar } from '../../ui/feedback.tsx';
import { WorkloadPods } from '../pod/workload-pods.tsx';

export function ReplicaSetPanel({ object, cluster }: PanelProps) {
  const { metadata, spec, status } = object as DeepReadonly<ReplicaSet>;
  const wanted = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  return (
    <>
      <Card title="Replicas">
        <div className="stack">
          <Bar
            share={wanted === 0 ? 1 : ready / wanted}
            label="Ready replicas"
            level={ready >= wanted ? 'ok' : 'progress'}
          />
          <dl className="kv">
            <dt>Pods</dt>
            <dd className="num">
              {ready} of {wanted} ready, {status?.availableReplicas ?? 0} available
            </dd>
            <dt>Images</dt>
            <dd className="mono">
              {spec?.template?.spec?.containers.map((container) => container.image).join(', ')}
            </dd>
          </dl>
        </div>
      </Card>
      <WorkloadPods cluster={cluster} namespace={metadata?.namespace} selector={spec?.selector} />
    </>
  );
}
