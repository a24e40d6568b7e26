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
  const refusal = refusalOf(pod, old);
  if (refusal) return [forbidden('', refusal)];
  const errors = validatePod(pod);
  if ((old.status?.qosClass ?? qosClass(old)) !== qosClass(pod)) {
    const text = 'Pod QOS Class may not change as a result of resizing';
    errors.push(invalid('spec', old.status?.qosClass ?? '', text));
  }
  if (!isNodeCapable(old)) errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  const disorder = checkOrder(pod, old);
  if (disorder.length > 0) return [...errors, ...disorder];
  errors.push(...checkContainers('containers', pod, old), ...checkContainers('initContainers', pod, old));
  return errors;
}

function refusalOf(pod: ReadonlyPod, old: ReadonlyPod): string | undefined {
  const isSized = ({ spec }: ReadonlyPod) =>
    Object.keys({ ...spec?.resources?.requests, ...spec?.resources?.limits }).length > 0;
  if (isSized(pod) || isSized(old)) return 'pods with pod-level resources cannot be resized';
  if (isMirrorPod(old)) return 'static pods cannot be resized';
  return old.spec?.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

/** Kubelets that can resize report the resources of running containers. */
function isNodeCapable({ status }: ReadonlyPod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
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
  const removed = (side: 'limits' | 'requests') =>
    Object.keys(before[side] ?? {}).some((name) => now[side]?.[name] === undefined);
  const errors: FieldError[] = [];
  if (removed('requests')) errors.push(forbidden(`${field}.requests`, 'resource requests cannot be removed'));
  if (removed('limits')) errors.push(forbidden(`${field}.limits`, 'resource limits cannot be removed'));
  return errors;
}
