import { isSidecar, mainContainers } from '@shared/kinds/core/pod/pod-containers.ts';
import type { Container, LimitRange, PodSpec } from '@shared/kinds/wire.ts';
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
  quantityToNumber,
} from '@shared/lib/quantity.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';

/** Amounts by resource name, e.g. `{ cpu: '100m' }`. */
export type Amounts = Readonly<Record<string, string>>;
/** One entry of `spec.limits`. */
export type LimitRangeItem = Unchecked<NonNullable<LimitRange['spec']>['limits'][number]>;

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/**
 * Gives containers the requests and limits of `limits` that they do not state. Returns what was set, in the words of
 * the annotation that Kubernetes leaves, e.g. `cpu request for container a`.
 */
export function setDefaults(spec: UncheckedDraft<PodSpec>, limits: readonly LimitRangeItem[]): string[] {
  const items = limits.filter(({ type }) => type === 'Container');
  const requests: Amounts = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest));
  const maxima: Amounts = Object.assign({}, ...items.map((item) => item.default));
  const set = (container: UncheckedDraft<Container>, word: string): string[] => [
    ...fill(container, 'requests', requests).map((names) => `${names} request for ${word}`),
    ...fill(container, 'limits', maxima).map((names) => `${names} limit for ${word}`),
  ];
  return [
    ...mainContainers(spec).flatMap((container) => set(container, `container ${container.name}`)),
    ...(spec.initContainers ?? []).flatMap((container) => set(container, `init container ${container.name}`)),
  ];
}

/** The names of what was lacking, in one text; none when nothing was. */
function fill(container: UncheckedDraft<Container>, list: 'requests' | 'limits', amounts: Amounts): string[] {
  const present = container.resources?.[list] ?? {};
  const lacking = Object.keys(amounts).filter((name) => present[name] === undefined);
  if (lacking.length === 0) return [];
  container.resources = { ...container.resources, [list]: { ...amounts, ...present } };
  return [lacking.toSorted().join(', ')];
}

/** What a pod does against the limits, a sentence each, in Kubernetes' words. */
export function podViolations(spec: Unchecked<PodSpec>, limits: readonly LimitRangeItem[]): string[] {
  const containers = [...mainContainers(spec), ...(spec.initContainers ?? [])].map(askedBy);
  return limits.flatMap((item) => {
    if (item.type === 'Container') return containers.flatMap((asked) => violations(item, asked));
    return item.type === 'Pod' ? violations(item, podAsks(spec)) : [];
  });
}

/** What a claim's size does against the limits. */
export function claimViolations(requests: Amounts, limits: readonly LimitRangeItem[]): string[] {
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...names(item.min).flatMap((name) => below(item, name, { requests, limits: {} })),
      ...names(item.max).flatMap((name) => {
        const [bound = '0', request] = [item.max?.[name], requests[name]];
        const start = `maximum ${name} usage per ${item.type} is ${bound}`;
        if (request === undefined) return [`${start}.  No request is specified`];
        return compareQuantity(request, bound) > 0 ? [`${start}, but request is ${request}`] : [];
      }),
    ]);
}

function violations(item: LimitRangeItem, asked: Asked): string[] {
  return [
    ...names(item.min).flatMap((name) => below(item, name, asked)),
    ...names(item.max).flatMap((name) => above(item, name, asked)),
    ...names(item.maxLimitRequestRatio).flatMap((name) => tooFarApart(item, name, asked)),
  ];
}

function below(item: LimitRangeItem, name: string, { requests, limits }: Asked): string[] {
  const [bound = '0', request, limit] = [item.min?.[name], requests[name], limits[name]];
  const start = `minimum ${name} usage per ${item.type} is ${bound}`;
  if (request === undefined) return [`${start}.  No request is specified`];
  if (compareQuantity(request, bound) < 0) return [`${start}, but request is ${request}`];
  if (limit !== undefined && compareQuantity(limit, bound) < 0) return [`${start}, but limit is ${limit}`];
  return [];
}

function above(item: LimitRangeItem, name: string, { requests, limits }: Asked): string[] {
  const [bound = '0', request, limit] = [item.max?.[name], requests[name], limits[name]];
  const start = `maximum ${name} usage per ${item.type} is ${bound}`;
  if (limit === undefined) return [`${start}.  No limit is specified`];
  if (compareQuantity(limit, bound) > 0) return [`${start}, but limit is ${limit}`];
  if (request !== undefined && compareQuantity(request, bound) > 0)
    return [`${start}, but request is ${request}`];
  return [];
}

function tooFarApart(item: LimitRangeItem, name: string, { requests, limits }: Asked): string[] {
  const bound = item.maxLimitRequestRatio?.[name] ?? '0';
  const [request, limit] = [quantityToNumber(requests[name] ?? '0'), quantityToNumber(limits[name] ?? '0')];
  const start = `${name} max limit to request ratio per ${item.type} is ${bound}`;
  if (request === 0) return [`${start}, but no request is specified or request is 0`];
  if (limit === 0) return [`${start}, but no limit is specified or limit is 0`];
  const ratio = limit / request;
  return ratio > quantityToNumber(bound) ? [`${start}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}

function askedBy({ resources }: Unchecked<Container>): Asked {
  return { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} };
}

/**
 * Containers run side by side and add up; init containers run one after another beside the sidecars that started
 * before them, so the largest moment counts. A pod asks for what one of its containers asks for, at least: that is all
 * there is to say of what the others leave open.
 */
function podAsks(spec: Unchecked<PodSpec>): Asked {
  return { requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') };
}

function podAmounts(spec: Unchecked<PodSpec>, list: 'requests' | 'limits'): Amounts {
  const own = spec.resources?.[list] ?? {};
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  let total = sum([...mainContainers(spec), ...sidecars].map((container) => askedBy(container)[list]));
  let before: Amounts[] = [];
  for (const container of spec.initContainers ?? []) {
    const amounts = askedBy(container)[list];
    total = larger(total, before.length === 0 ? amounts : sum([...before, amounts]));
    if (isSidecar(container)) before = [...before, amounts];
  }
  return { ...total, ...own };
}

function sum(parts: readonly Amounts[]): Amounts {
  const total: Record<string, string> = {};
  for (const part of parts)
    for (const [name, amount] of Object.entries(part)) {
      if (!parseQuantity(amount)) continue;
      const present = total[name];
      total[name] = present === undefined ? amount : formatQuantity(addQuantity(present, amount));
    }
  return total;
}

function larger(a: Amounts, b: Amounts): Amounts {
  const result: Record<string, string> = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const present = result[name];
    if (present === undefined || compareQuantity(amount, present) > 0) result[name] = amount;
  }
  return result;
}

function names(amounts: Amounts | undefined): string[] {
  return Object.keys(amounts ?? {}).toSorted();
}
