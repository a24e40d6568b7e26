import { forbidden, invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { canonicalQuantity, formatQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { compareQuantities } from '../../validation.ts';
import type { PodSpec } from '../../wire.ts';
import { isSidecar } from './pod-containers.ts';
import { checkPodResources } from './resource-validation.ts';

type ReadonlySpec = Unchecked<PodSpec>;
type Side = 'requests' | 'limits';

/** Limits and requests of a pod as a whole, and how its containers' fit into them; `field` is the path of the spec. */
export function checkPodLevelResources(field: string, spec: ReadonlySpec): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  const at = `${field}.resources`;
  if (spec.os?.name === 'windows') return [forbidden(at, 'may not be set for a windows pod')];
  const claims = resources.claims
    ? [forbidden(`${at}.claims`, 'claims may not be set for Resources at pod-level')]
    : [];
  return [
    ...claims,
    ...checkPodResources(at, resources),
    ...checkTotals(at, spec, 'requests'),
    ...checkTotals(at, spec, 'limits'),
    ...checkContainerLimits(at, spec),
  ];
}

/** Containers together ask for no more than the pod; limits of theirs may add up to more, except for huge pages. */
function checkTotals(field: string, spec: ReadonlySpec, side: Side): FieldError[] {
  return Object.entries(spec.resources?.[side] ?? {}).flatMap(([name, amount]) => {
    if (side === 'limits' && !name.startsWith('hugepages-')) return [];
    const total = totalOf(spec, side, name);
    if ((compareQuantities(total, amount) ?? 0) <= 0) return [];
    const text = `must be greater than or equal to aggregate container ${side} of ${total}`;
    return [invalid(`${field}.${side}[${name}]`, canonicalQuantity(amount), text)];
  });
}

function checkContainerLimits(field: string, spec: ReadonlySpec): FieldError[] {
  const limits = spec.resources?.limits ?? {};
  return (spec.containers ?? []).flatMap(({ resources }, index) =>
    Object.entries(resources?.limits ?? {}).flatMap(([name, amount]) => {
      const bound = limits[name];
      if (bound === undefined || (compareQuantities(amount, bound) ?? 0) <= 0) return [];
      const text = `must be less than or equal to pod limits of ${canonicalQuantity(bound)}`;
      return [invalid(`${field}.containers[${index}][${name}].limits`, canonicalQuantity(amount), text)];
    }),
  );
}

/** What the containers need of one resource: all that run together, or more while an init container runs. */
function totalOf(spec: ReadonlySpec, side: Side, name: string): string {
  const amounts = (containers: ReadonlySpec['initContainers']) =>
    (containers ?? []).map((container) => ({
      container,
      quantity: parseQuantity(container.resources?.[side]?.[name] ?? '0'),
    }));
  const main = amounts(spec.containers);
  const init = amounts(spec.initContainers);
  let running = main.reduce((sum, { quantity }) => sum + (quantity?.nanos ?? 0n), 0n);
  let sidecars = 0n;
  let starting = 0n;
  for (const { container, quantity } of init) {
    const own = quantity?.nanos ?? 0n;
    if (isSidecar(container)) {
      running += own;
      sidecars += own;
    }
    const now = isSidecar(container) ? sidecars : own + sidecars;
    if (now > starting) starting = now;
  }
  const format = [...main, ...init].find(({ quantity }) => (quantity?.nanos ?? 0n) > 0n)?.quantity?.format;
  return formatQuantity({ nanos: starting > running ? starting : running, format: format ?? 'DecimalSI' });
}
