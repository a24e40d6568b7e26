import type { Node } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { ApiObject } from '../../objects.ts';
import { type NodesRequest, nodeText, type Refusal } from './refusal.ts';

/** Labels with a meaning to Kubernetes that kubelets set themselves; beside all of `kubelet.kubernetes.io`. */
const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const kubeletLabelDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/** A node changes its own Node, but not its taints, its owners, nor labels that others rely on. */
export function nodeRefusal({ node, object, request: { operation, old } }: NodesRequest): Refusal {
  const who = nodeText(node);
  const name = object.metadata.name ?? '';
  if (name !== node) return `${who} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation === 'DELETE') return undefined;
  const changed = changedLabels(old?.metadata.labels ?? {}, object.metadata.labels ?? {}).filter(isProtected);
  if (operation === 'CREATE') {
    return changed.length === 0
      ? undefined
      : `${who} is not allowed to set the following labels: ${changed.join(', ')}`;
  }
  if (!jsonEqual(taintsOf(old), taintsOf(object))) return `${who} is not allowed to modify taints`;
  if (!jsonEqual(ownersOf(old), ownersOf(object))) return `${who} is not allowed to modify ownerReferences`;
  return changed.length === 0 ? undefined : `is not allowed to modify labels: ${changed.join(', ')}`;
}

function taintsOf(object: ApiObject | undefined) {
  return (object as Unchecked<Node> | undefined)?.spec?.taints ?? [];
}

function ownersOf(object: ApiObject | undefined) {
  return (object as Unchecked<Node> | undefined)?.metadata?.ownerReferences ?? [];
}

function changedLabels(
  old: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => old[key] !== now[key])
    .sort();
}

/** Labels of Kubernetes' own domains, apart from those a kubelet sets itself. */
function isProtected(label: string): boolean {
  const slash = label.indexOf('/');
  const domain = slash < 0 ? '' : label.slice(0, slash);
  const within = (suffix: string) => domain === suffix || domain.endsWith(`.${suffix}`);
  if (!within('kubernetes.io') && !within('k8s.io')) return false;
  if (within('node-restriction.kubernetes.io')) return true;
  return !kubeletLabels.has(label) && !kubeletLabelDomains.some(within);
}
