import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Node } from '@shared/kinds/wire.ts';
import { quantityToNumber } from '@shared/lib/quantity.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { useObjects } from '../../data/context.tsx';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { Card } from '../../ui/card.tsx';
import { Notice } from '../../ui/feedback.tsx';
import { formatBytes } from '../../ui/format.ts';
import { PodTable } from '../pod/pod-table.tsx';

/** What the node is, what it can give, and the pods on it. */
export function NodePanel({ object, cluster }: PanelProps) {
  const node = object as DeepReadonly<Node>;
  const { spec, status } = node;
  const info = status?.nodeInfo;
  const { objects, synced } = useObjects({
    kind: podKind,
    fieldSelector: `spec.nodeName=${node.metadata?.name}`,
  });
  const resources = Object.keys(status?.capacity ?? {});
  return (
    <>
      {spec?.unschedulable && (
        <Notice level="warn" title="Cordoned">
          The scheduler places no new pods here. Pods already here stay.
        </Notice>
      )}
      <Card title="Machine">
        <dl className="kv">
          <dt>Addresses</dt>
          <dd className="chips">
            {status?.addresses?.map((address) => (
              <span key={`${address.type}${address.address}`} className="chip" title={address.type}>
                {address.type} <b>&nbsp;{address.address}</b>
              </span>
            ))}
          </dd>
          <dt>Kubelet</dt>
          <dd>{info?.kubeletVersion ?? '–'}</dd>
          <dt>Container runtime</dt>
          <dd>{info?.containerRuntimeVersion ?? '–'}</dd>
          <dt>System</dt>
          <dd>
            {[info?.osImage, info?.kernelVersion, info?.architecture].filter(Boolean).join(' · ') || '–'}
          </dd>
          <dt>Pod network</dt>
          <dd className="mono">{spec?.podCIDR ?? '–'}</dd>
          {(spec?.taints?.length ?? 0) > 0 && (
            <>
              <dt>Taints</dt>
              <dd className="chips">
                {spec?.taints?.map((taint) => (
                  <span key={`${taint.key}${taint.effect}`} className="chip">
                    {taint.key}
                    {taint.value ? `=${taint.value}` : ''}:<b>{taint.effect}</b>
                  </span>
                ))}
              </dd>
            </>
          )}
        </dl>
      </Card>
      <Card title="Capacity">
        <table className="plain-table">
          <thead>
            <tr>
              <th>Resource</th>
              <th>Capacity</th>
              <th>Allocatable to pods</th>
            </tr>
          </thead>
          <tbody>
            {resources.map((resource) => (
              <tr key={resource}>
                <td>{resource}</td>
                <td className="num">{amount(resource, status?.capacity?.[resource])}</td>
                <td className="num">{amount(resource, status?.allocatable?.[resource])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
      <PodTable cluster={cluster} title="Pods here" pods={objects} synced={synced} where="namespace" />
    </>
  );
}

/** An amount for people: bytes in the unit that fits, all else as the node tells it. */
function amount(resource: string, quantity: string | undefined): string {
  if (quantity === undefined) return '–';
  const inBytes =
    resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-');
  return inBytes ? formatBytes(quantityToNumber(quantity)) : quantity;
}
