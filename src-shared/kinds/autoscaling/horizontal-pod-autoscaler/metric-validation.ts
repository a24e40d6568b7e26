import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { pathSegmentErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { canonicalQuantity, compareQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkContainerResourceName } from '../../core/pod/resource-validation.ts';
import { checkDnsLabel, invalidEach } from '../../validation.ts';
import type { HorizontalPodAutoscaler } from '../../wire.ts';

type Spec = NonNullable<Unchecked<HorizontalPodAutoscaler>['spec']>;
type Metric = NonNullable<Spec['metrics']>[number];
type Target = NonNullable<Metric['pods']>['target'];

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

/** The order in which Kubernetes looks for sources; the first one found is checked. */
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

/** What an object is called, wherever it is; `field` is the path of the reference. */
export function checkObjectReference(
  field: string,
  reference: { readonly kind?: string; readonly name?: string } | undefined,
): FieldError[] {
  return (['kind', 'name'] as const).flatMap((key) => {
    const value = reference?.[key];
    if (!value) return [required(`${field}.${key}`)];
    return invalidEach(`${field}.${key}`, value, pathSegmentErrors(value));
  });
}

/** One metric and what it should be; `field` is its path. */
export function checkMetric(field: string, metric: Metric): FieldError[] {
  const type = metric.type ?? '';
  const errors = type === '' ? [required(`${field}.type`, 'must specify a metric source type')] : [];
  const unknown = notSupported(`${field}.type`, type, types);
  if (!types.includes(type)) errors.push(unknown);
  const present = sources.filter((source) => metric[source] !== undefined);
  const [first] = present;
  if (first) errors.push(...checkSource(`${field}.${first}`, first, metric));
  const expected = types.includes(type) ? `${type.charAt(0).toLowerCase()}${type.slice(1)}` : '';
  if (expected === '') errors.push(unknown);
  else if (!present.some((source) => source === expected)) {
    const text = 'must populate information for the given metric source';
    errors.push(required(`${field}.${expected}`, text));
  }
  if (present.length === 1) return errors;
  const others = present.filter((source) => source !== expected);
  return [
    ...errors,
    ...others.map((source) => forbidden(`${field}.${source}`, 'must populate the given metric source only')),
  ];
}

function checkSource(field: string, source: (typeof sources)[number], metric: Metric): FieldError[] {
  switch (source) {
    case 'object':
      return metric.object ? checkObject(field, metric.object) : [];
    case 'external':
      return metric.external ? checkExternal(field, metric.external) : [];
    case 'pods':
      return metric.pods ? checkPods(field, metric.pods) : [];
    case 'resource':
      return metric.resource ? checkResource(field, metric.resource) : [];
    case 'containerResource':
      return metric.containerResource ? checkContainerResource(field, metric.containerResource) : [];
  }
}

function checkObject(field: string, source: NonNullable<Metric['object']>): FieldError[] {
  const { value, averageValue } = source.target ?? {};
  const unset = value === undefined && averageValue === undefined;
  return [
    ...checkObjectReference(`${field}.describedObject`, source.describedObject),
    ...checkName(`${field}.metric.name`, source.metric?.name),
    ...checkTarget(`${field}.target`, source.target),
    ...(unset
      ? [required(`${field}.target.averageValue`, 'must set either a target value or averageValue')]
      : []),
  ];
}

function checkExternal(field: string, source: NonNullable<Metric['external']>): FieldError[] {
  const { value, averageValue } = source.target ?? {};
  const errors = [
    ...checkName(`${field}.metric.name`, source.metric?.name),
    ...checkTarget(`${field}.target`, source.target),
  ];
  if (value === undefined && averageValue === undefined) {
    const text = 'must set either a target value for metric or a per-pod target';
    errors.push(required(`${field}.target.averageValue`, text));
  }
  if (value !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbidden(`${field}.target.value`, text));
  }
  return errors;
}

function checkPods(field: string, source: NonNullable<Metric['pods']>): FieldError[] {
  const unset = source.target?.averageValue === undefined;
  return [
    ...checkName(`${field}.metric.name`, source.metric?.name),
    ...checkTarget(`${field}.target`, source.target),
    ...(unset
      ? [required(`${field}.target.averageValue`, 'must specify a positive target averageValue')]
      : []),
  ];
}

function checkResource(field: string, source: NonNullable<Metric['resource']>): FieldError[] {
  return [
    ...(source.name ? [] : [required(`${field}.name`, 'must specify a resource name')]),
    ...checkUtilization(`${field}.target`, source.target),
  ];
}

function checkContainerResource(
  field: string,
  { name, container, target }: NonNullable<Metric['containerResource']>,
): FieldError[] {
  return [
    ...(name
      ? checkContainerResourceName(`${field}.name`, name)
      : [required(`${field}.name`, 'must specify a resource name')]),
    ...(container
      ? checkDnsLabel(`${field}.container`, container)
      : [required(`${field}.container`, 'must specify a container')]),
    ...checkUtilization(`${field}.target`, target),
  ];
}

function checkUtilization(field: string, target: Target | undefined): FieldError[] {
  const { averageUtilization, averageValue } = target ?? {};
  const errors = checkTarget(field, target);
  if (averageUtilization === undefined && averageValue === undefined) {
    const text = 'must set either a target raw value or a target utilization';
    errors.push(required(`${field}.averageUtilization`, text));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const text = 'may not set both a target raw value and a target utilization';
    errors.push(forbidden(`${field}.averageValue`, text));
  }
  return errors;
}

function checkTarget(field: string, target: Target | undefined): FieldError[] {
  const { type = '', averageUtilization: utilization } = target ?? {};
  const errors = type === '' ? [required(`${field}.type`, 'must specify a metric target type')] : [];
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    errors.push(invalid(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const key of ['value', 'averageValue'] as const) {
    const amount = target?.[key];
    if (amount === undefined || !parseQuantity(amount) || compareQuantity(amount, '0') > 0) continue;
    errors.push(invalid(`${field}.${key}`, canonicalQuantity(amount), 'must be positive'));
  }
  if (utilization === undefined || utilization >= 1) return errors;
  return [...errors, invalid(`${field}.averageUtilization`, utilization, 'must be greater than 0')];
}

function checkName(field: string, name: string | undefined): FieldError[] {
  if (!name) return [required(field, 'must specify a metric name')];
  return invalidEach(field, name, pathSegmentErrors(name));
}
