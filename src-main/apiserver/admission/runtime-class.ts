import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { runtimeClassKind } from '@shared/kinds/node/runtime-class/kind.ts';
import type { Pod, PodSpec, RuntimeClass } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { compareQuantity } from '@shared/lib/quantity.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule } from './admission.ts';
import { findStored } from './lookup.ts';

/** A pod's runtime class exists, and brings its overhead, node selector and tolerations into the pod. */
export const runtimeClass: AdmissionModule = {
  name: 'RuntimeClass',
  handles: ({ kind, operation, subresource }) =>
    kind === podKind && operation === 'CREATE' && subresource === '',
  async mutate(draft, { server }) {
    const { metadata, spec } = draft as UncheckedDraft<Pod>;
    if (!spec) return;
    const refuse = (why: string) => forbidden(podKind, metadata?.name ?? '', `pod rejected: ${why}`);
    const name = spec.runtimeClassName;
    const found = name ? await findStored(server, runtimeClassKind, { name }) : undefined;
    if (name && !found) throw refuse(`RuntimeClass ${JSON.stringify(name)} not found`);
    const problem = setOverhead(spec, found) ?? (found && setScheduling(spec, found));
    if (problem) throw refuse(problem);
  },
};

function setOverhead(
  spec: UncheckedDraft<PodSpec>,
  found: Unchecked<RuntimeClass> | undefined,
): string | undefined {
  const fixed = found?.overhead?.podFixed;
  if (!fixed) {
    const has = Object.keys(spec.overhead ?? {}).length > 0;
    return has ? 'Pod Overhead set without corresponding RuntimeClass defined Overhead' : undefined;
  }
  if (spec.overhead && !sameAmounts(spec.overhead, fixed)) {
    return "Pod's Overhead doesn't match RuntimeClass's defined Overhead";
  }
  spec.overhead = { ...fixed };
  return undefined;
}

type Amounts = Readonly<Record<string, string>>;

function sameAmounts(a: Amounts, b: Amounts): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => {
    const [left, right] = [a[name], b[name]];
    return left !== undefined && right !== undefined && compareQuantity(left, right) === 0;
  });
}

function setScheduling(
  spec: UncheckedDraft<PodSpec>,
  { scheduling }: Unchecked<RuntimeClass>,
): string | undefined {
  if (!scheduling) return undefined;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
    }
  }
  if (scheduling.nodeSelector) spec.nodeSelector = { ...spec.nodeSelector, ...scheduling.nodeSelector };
  const present = spec.tolerations ?? [];
  const lacking = (scheduling.tolerations ?? []).filter(
    (toleration) => !present.some((own) => jsonEqual(own, toleration)),
  );
  if (lacking.length > 0)
    spec.tolerations = [...present, ...lacking.map((toleration) => ({ ...toleration }))];
  return undefined;
}
