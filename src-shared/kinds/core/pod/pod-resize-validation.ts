import { forbidden, invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Json, Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { withoutEmpty } from '../../diff.ts';
import type { Container, Pod } from '../../wire.ts';
import { isMirrorPod } from './mirror-pod.ts';
import { isSidecar } from './pod-containers.ts';
import { qosClass } from './pod-resources.ts';
import { validatePod } from './pod-validation.ts';

type ReadonlyPod = Unchecked<Pod>;
type ReadonlyContainer = Unchecked<Container>;
type Amounts = Readonly<Record<string, string>>;

/**
 * What a request to `/resize` makes of a pod: the old one with the resources and resize policies of the wanted
 * one. Containers that are not there, or in another order, stay so, to be refused.
 */
export function resizedPod(wanted: ReadonlyPod, old: ReadonlyPod): UncheckedDraft<Pod> {
  const pod = structuredClone(old) as UncheckedDraft<Pod>;
  if (!pod.spec) return pod;
  const { spec } = wanted;
  if (spec?.resources)
    pod.spec.resources = structuredClone(spec.resources) as NonNullable<typeof pod.spec.resources>;
  else delete pod.spec.resources;
  pod.spec.containers = resized(spec?.containers ?? [], old.spec?.containers ?? []);
  if (spec?.initContainers || old.spec?.initContainers) {
    pod.spec.initContainers = resized(spec?.initContainers ?? [], old.spec?.initContainers ?? []);
  }
  return pod;
}

function resized(
  wanted: readonly ReadonlyContainer[],
  old: readonly ReadonlyContainer[],
): UncheckedDraft<Container>[] {
  return wanted.map((container) => {
    const before = old.find(({ name }) => name === container.name) ?? container;
    const { resources: _resources, resizePolicy: _policy, ...rest } = before;
    const { resources, resizePolicy } = container;
    return structuredClone({
      ...rest,
      ...(resources && { resources }),
      ...(resizePolicy && { resizePolicy }),
    }) as UncheckedDraft<Container>;
  });
}

/** Every error of a change through `/resize`: of the pod it makes, and of the change itself. */
export function validatePodResize(pod: ReadonlyPod, old: ReadonlyPod): FieldError[] {
  const refusal = refusalOf(old);
  if (refusal) return [forbidden('', refusal)];
  const errors = validatePod(pod);
  if ((old.status?.qosClass ?? qosClass(old)) !== qosClass(pod)) {
    const text = 'Pod QOS Class may not change as a result of resizing';
    errors.push(invalid('spec', old.status?.qosClass ?? '', text));
  }
  if (!isNodeCapable(old)) errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  errors.push(...checkWhole(pod, old));
  const disorder = checkOrder(pod, old);
  if (disorder.length > 0) return [...errors, ...disorder];
  errors.push(...checkContainers('containers', pod, old), ...checkContainers('initContainers', pod, old));
  return errors;
}

function refusalOf(old: ReadonlyPod): string | undefined {
  if (isMirrorPod(old)) return 'static pods cannot be resized';
  return old.spec?.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

/** Kubelets that can resize report the resources of running containers. */
function isNodeCapable({ status }: ReadonlyPod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

/** The resources that the pod states for all of its containers. */
function checkWhole(pod: ReadonlyPod, old: ReadonlyPod): FieldError[] {
  const now = pod.spec?.resources;
  const before = old.spec?.resources;
  const field = 'spec.resources';
  if (before && !now) return [forbidden(field, 'pod-level resources cannot be removed')];
  if (!now) return [];
  const errors: FieldError[] = [];
  for (const side of ['requests', 'limits'] as const)
    if (isRemoved(now[side], before?.[side]))
      errors.push(forbidden(`${field}.${side}`, `pod-level resource ${side} cannot be removed`));
  const kept = { name: '', resources: now };
  const rest = withoutSizes(kept, { name: '', ...(before && { resources: before }) }).resources;
  if (!jsonEqual(withoutEmpty(rest as Json), withoutEmpty((before ?? {}) as Json)))
    errors.push(forbidden('spec', 'only cpu and memory resources are mutable at pod-level'));
  return errors;
}

function isRemoved(now: Amounts | undefined, before: Amounts | undefined): boolean {
  return Object.keys(before ?? {}).some((name) => now?.[name] === undefined);
}

function checkOrder(pod: ReadonlyPod, old: ReadonlyPod): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((key) => {
    const now = pod.spec?.[key] ?? [];
    const before = old.spec?.[key] ?? [];
    const field = `spec.${key}`;
    if (now.length !== before.length) {
      return [forbidden(field, `${key} may not be added or removed on resize`)];
    }
    return before.flatMap(({ name }, index) =>
      now[index]?.name === name
        ? []
        : [forbidden(`${field}[${index}].name`, `${key} may not be renamed or reordered on resize`)],
    );
  });
}

function checkContainers(
  key: 'containers' | 'initContainers',
  pod: ReadonlyPod,
  old: ReadonlyPod,
): FieldError[] {
  const now = pod.spec?.[key] ?? [];
  return (old.spec?.[key] ?? []).flatMap((before, index) => {
    const after = now[index] ?? before;
    const running = key === 'containers' || isSidecar(before);
    const errors = running ? checkAmounts(`spec.${key}[${index}].resources`, after, before) : [];
    const comparable = running ? withoutSizes(after, before) : after;
    if (jsonEqual(comparableJson(comparable), comparableJson(before))) return errors;
    return [...errors, forbidden('spec', immutableText(key, running))];
  });
}

function immutableText(key: string, running: boolean): string {
  if (key === 'containers') return 'only cpu and memory resources are mutable';
  return running
    ? 'only cpu and memory resources for sidecar containers are mutable'
    : 'resources for non-sidecar init containers are immutable';
}

function comparableJson(container: ReadonlyContainer): Json {
  return withoutEmpty({ ...container, resizePolicy: undefined }) as Json;
}

/** The changed container with the cpu and memory of before. */
function withoutSizes(container: ReadonlyContainer, old: ReadonlyContainer): ReadonlyContainer {
  const kept = (side: 'limits' | 'requests'): Amounts => {
    const { cpu: _cpu, memory: _memory, ...rest } = container.resources?.[side] ?? {};
    const { cpu, memory } = old.resources?.[side] ?? {};
    return { ...rest, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
  };
  const { claims } = container.resources ?? {};
  return {
    ...container,
    resources: { limits: kept('limits'), requests: kept('requests'), ...(claims && { claims }) },
  };
}

function checkAmounts(field: string, container: ReadonlyContainer, old: ReadonlyContainer): FieldError[] {
  const now = container.resources ?? {};
  const before = old.resources ?? {};
  const removed = (side: 'limits' | 'requests') => isRemoved(now[side], before[side]);
  const errors: FieldError[] = [];
  if (removed('requests')) errors.push(forbidden(`${field}.requests`, 'resource requests cannot be removed'));
  if (removed('limits')) errors.push(forbidden(`${field}.limits`, 'resource limits cannot be removed'));
  return errors;
}
