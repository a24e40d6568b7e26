import { forbidden, notSupported, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { PriorityClass } from '../../wire.ts';

/** What the cluster itself needs comes before everything else. */
const systemPriorities: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

const systemPrefix = 'system-';
const maxUserPriority = 1_000_000_000;

export const priorityClassStrategy: Strategy<PriorityClass> = {
  defaults(draft) {
    draft.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validateCreate: (priorityClass) => [
    ...checkValue(priorityClass),
    ...checkPolicy('preemptionPolicy', priorityClass.preemptionPolicy),
  ],
  validateUpdate: (now, old) => [
    ...((now.value ?? 0) === (old.value ?? 0)
      ? []
      : [forbidden('value', 'may not be changed in an update.')]),
    ...validateImmutable(now.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
  ],
};

function checkValue(priorityClass: Unchecked<PriorityClass>): FieldError[] {
  const { metadata, value = 0 } = priorityClass;
  if (!metadata?.name?.startsWith(systemPrefix)) {
    if (value <= maxUserPriority) return [];
    return [forbidden('value', `maximum allowed value of a user defined priority is ${maxUserPriority}`)];
  }
  const complaint = systemComplaint(metadata.name, priorityClass);
  if (complaint === undefined) return [];
  const text = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${complaint}`;
  return [forbidden('metadata.name', text)];
}

function systemComplaint(
  name: string,
  { value = 0, globalDefault }: Unchecked<PriorityClass>,
): string | undefined {
  if (!Object.hasOwn(systemPriorities, name)) return `${name} is not a known system priority class`;
  if (value !== systemPriorities[name]) {
    return `value of ${name} PriorityClass must be ${systemPriorities[name]}`;
  }
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function checkPolicy(field: string, policy: string | undefined): FieldError[] {
  const policies = ['PreemptLowerPriority', 'Never'];
  if (policy === undefined || policies.includes(policy)) return [];
  return [policy === '' ? required(field) : notSupported(field, policy, policies)];
}
