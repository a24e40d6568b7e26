import { forbidden, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { diffLines, withoutEmpty } from '../../diff.ts';
import type {
  Affinity,
  Container,
  EphemeralContainer,
  NodeSelector,
  Pod,
  PodSpec,
  Toleration,
} from '../../wire.ts';
import { checkMirrorKept, isMirrorPod } from './mirror-pod.ts';
import { validatePod } from './pod-validation.ts';

type ReadonlySpec = Unchecked<PodSpec>;

const updatableFields = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/**
 * What may not change in a pod: everything but images, a shorter deadline, more tolerations, fewer scheduling
 * gates; while gated, narrower choices of nodes as well.
 */
export function validatePodUpdate(pod: Unchecked<Pod>, old: Unchecked<Pod>): FieldError[] {
  const { spec } = pod;
  const mirror = checkMirrorKept(pod, old);
  if (!spec || !old.spec || jsonEqual(spec, old.spec)) return mirror;
  const added = addedOrRemoved(spec, old.spec);
  if (added.length > 0) return [...mirror, ...added];
  const gated = (old.spec.schedulingGates ?? []).length > 0;
  return [
    ...mirror,
    ...checkDeadlineChange(spec, old.spec),
    ...checkTolerationsKept(spec.tolerations ?? [], old.spec.tolerations ?? []),
    ...checkGatesOnlyRemoved(spec, old.spec),
    ...(gated ? checkNodeSelectorKept(spec, old.spec) : []),
    ...(gated ? checkNodeAffinityNarrowed(spec.affinity, old.spec.affinity) : []),
    ...checkNothingElse(spec, old.spec, gated),
  ];
}

function addedOrRemoved(spec: ReadonlySpec, old: ReadonlySpec): FieldError[] {
  for (const key of ['containers', 'initContainers'] as const) {
    if ((spec[key] ?? []).length === (old[key] ?? []).length) continue;
    return [forbidden(`spec.${key}`, 'pod updates may not add or remove containers')];
  }
  return [];
}

function checkDeadlineChange(spec: ReadonlySpec, old: ReadonlySpec): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  const now = spec.activeDeadlineSeconds;
  const before = old.activeDeadlineSeconds;
  if (before === undefined) return [];
  if (now === undefined)
    return [invalid(field, null, 'must not update from a positive integer to nil value')];
  return now > before ? [invalid(field, now, 'must be less than or equal to previous value')] : [];
}

type ReadonlyTolerations = readonly Unchecked<Toleration>[];

function checkTolerationsKept(tolerations: ReadonlyTolerations, old: ReadonlyTolerations): FieldError[] {
  const kept = old.every((before) =>
    tolerations.some(({ tolerationSeconds: _now, ...now }) => {
      const { tolerationSeconds: _before, ...rest } = before;
      return jsonEqual(now, rest);
    }),
  );
  const text = 'existing toleration can not be modified except its tolerationSeconds';
  return kept ? [] : [forbidden('spec.tolerations', text)];
}

function checkGatesOnlyRemoved(spec: ReadonlySpec, old: ReadonlySpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name = '' }) => name));
  return (spec.schedulingGates ?? []).flatMap(({ name = '' }, index) => {
    if (before.has(name)) return [];
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbidden(`spec.schedulingGates[${index}].name`, text)];
  });
}

function checkNodeSelectorKept(spec: ReadonlySpec, old: ReadonlySpec): FieldError[] {
  const kept = Object.entries(old.nodeSelector ?? {}).every(
    ([key, value]) => spec.nodeSelector?.[key] === value,
  );
  const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return kept ? [] : [invalid('spec.nodeSelector', spec.nodeSelector, text)];
}

type ReadonlyAffinity = Unchecked<Affinity> | undefined;
type NodeTerms = Unchecked<NodeSelector['nodeSelectorTerms']>;

function checkNodeAffinityNarrowed(affinity: ReadonlyAffinity, old: ReadonlyAffinity): FieldError[] {
  const field = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const before = requiredTerms(old);
  const now = requiredTerms(affinity);
  if (before.length === 0) return [];
  if (before.length !== now.length) {
    return [invalid(field, now, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  }
  return before.flatMap((term, index) => {
    const next = now[index];
    if (next && isNarrower(next, term)) return [];
    return [invalid(`${field}[${index}]`, next, 'only additions are allowed (no mutations or deletions)')];
  });
}

function requiredTerms(affinity: ReadonlyAffinity): NodeTerms {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** An empty term fits nothing, so that adding to it would widen it. */
function isNarrower(term: NodeTerms[number], old: NodeTerms[number]): boolean {
  const count = (one: NodeTerms[number]) =>
    (one.matchExpressions ?? []).length + (one.matchFields ?? []).length;
  if (count(old) === 0) return count(term) === 0;
  return (['matchExpressions', 'matchFields'] as const).every((key) => {
    const before = old[key] ?? [];
    return jsonEqual((term[key] ?? []).slice(0, before.length), before);
  });
}

function checkNothingElse(spec: ReadonlySpec, old: ReadonlySpec, gated: boolean): FieldError[] {
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  const comparable = (one: ReadonlySpec) => ({
    ...one,
    containers: withoutImages(one.containers),
    initContainers: withoutImages(one.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    terminationGracePeriodSeconds: negative ? undefined : one.terminationGracePeriodSeconds,
    nodeSelector: gated ? undefined : one.nodeSelector,
    affinity: gated ? withoutNodeAffinity(one.affinity) : one.affinity,
  });
  const lines = diffLines('spec', withoutEmpty(comparable(old)), withoutEmpty(comparable(spec)));
  if (lines.length === 0) return [];
  const text = `pod updates may not change fields other than ${updatableFields.join(',')}`;
  return [forbidden('spec', `${text}\n${lines.join('\n')}\n`)];
}

function withoutImages(containers: readonly Unchecked<Container>[] | undefined) {
  return (containers ?? []).map(({ image: _image, ...rest }) => rest);
}

function withoutNodeAffinity(affinity: ReadonlyAffinity) {
  const { nodeAffinity: _nodeAffinity, ...rest } = affinity ?? {};
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/** What a request to `/ephemeralcontainers` makes of a pod: the old one with the wanted ephemeral containers. */
export function withEphemeralContainers(wanted: Unchecked<Pod>, old: Unchecked<Pod>): UncheckedDraft<Pod> {
  const pod = structuredClone(old) as UncheckedDraft<Pod>;
  const { ephemeralContainers } = wanted.spec ?? {};
  if (!pod.spec) return pod;
  if (ephemeralContainers)
    pod.spec.ephemeralContainers = structuredClone(ephemeralContainers) as EphemeralContainer[];
  else delete pod.spec.ephemeralContainers;
  return pod;
}

/** Every error of a change through `/ephemeralcontainers`: of the pod it makes, and of the change itself. */
export function validateEphemeralContainersUpdate(pod: Unchecked<Pod>, old: Unchecked<Pod>): FieldError[] {
  if (isMirrorPod(old)) return [forbidden('', 'static pods do not support ephemeral containers')];
  return [...validatePod(pod), ...checkContainersKept(pod, old)];
}

function checkContainersKept(pod: Unchecked<Pod>, old: Unchecked<Pod>): FieldError[] {
  const field = 'spec.ephemeralContainers';
  const now = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  return (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
    const after = now.get(before.name);
    const name = `existing ephemeral containers "${before.name}"`;
    if (!after) return [forbidden(field, `${name} may not be removed\n`)];
    const lines = diffLines(field, before, after);
    return lines.length === 0 ? [] : [forbidden(field, `${name} may not be changed\n${lines.join('\n')}`)];
  });
}

/** What is wrong with a Binding's target. */
export function validateBinding(
  target: { readonly kind?: string; readonly name?: string } | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== 'Node') {
    const message = `Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`;
    errors.push({ type: 'FieldValueNotSupported', field: 'target.kind', message });
  }
  return target?.name ? errors : [...errors, required('target.name')];
}
