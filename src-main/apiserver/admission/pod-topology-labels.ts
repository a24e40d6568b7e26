import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Binding, Pod } from '@shared/kinds/wire.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import type { DraftObject } from '../objects.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';
import { findStored } from './lookup.ts';

type Labels = Readonly<Record<string, string>>;

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/**
 * A pod learns its node's zone and region from labels of its own; those it has stay.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podtopologylabels
 */
export const podTopologyLabels: AdmissionModule = {
  name: 'PodTopologyLabels',
  handles: ({ kind, operation, subresource }) =>
    kind === podKind && (subresource === 'binding' || (subresource === '' && operation === 'CREATE')),
  async mutate(draft, request) {
    if (request.subresource === 'binding') return labelBinding(draft, request);
    const labels = await labelsOfNode(request, (draft as Unchecked<Pod>).spec?.nodeName);
    if (labels) draft.metadata.labels = { ...labels, ...draft.metadata.labels };
  },
};

/** The binding as webhooks see it gets them too: from there they come to the pod. */
async function labelBinding(draft: DraftObject, request: AdmissionRequest): Promise<void> {
  const { reinvocation, view } = request;
  const object = reinvocation.viewed ?? view?.object;
  const { target, metadata } = (object ?? {}) as Unchecked<Binding>;
  if (!object || target?.kind !== 'Node') return;
  const labels = await labelsOfNode(request, target.name);
  if (!labels) return;
  const labelled = { ...metadata, labels: { ...labels, ...metadata?.labels } };
  reinvocation.viewed = { ...object, metadata: labelled as JsonObject };
  view?.apply?.(draft, reinvocation.viewed);
}

/** Undefined when it has none of them. */
async function labelsOfNode(
  { server }: AdmissionRequest,
  name: string | undefined,
): Promise<Labels | undefined> {
  const node = name ? await findStored(server, nodeKind, { name }) : undefined;
  const known: Labels = node?.metadata?.labels ?? {};
  const found = copied.flatMap((key) => (known[key] === undefined ? [] : [[key, known[key]]]));
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}
