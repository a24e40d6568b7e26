import { invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkOneOf } from '../../validation.ts';
import type { MutatingAdmissionPolicy } from '../../wire.ts';
import { setMatchDefaults } from '../match-validation.ts';
import { checkPolicy, mutableOperations } from '../policy-validation.ts';

type Spec = NonNullable<Unchecked<MutatingAdmissionPolicy>['spec']>;
type Mutation = NonNullable<Spec['mutations']>[number];

const patchTypes = ['ApplyConfiguration', 'JSONPatch'] as const;
const fieldOf = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

export const mutatingAdmissionPolicyStrategy: Strategy<MutatingAdmissionPolicy> = {
  defaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    if (spec.matchConstraints) setMatchDefaults(spec.matchConstraints);
  },
  validate({ spec = {} }) {
    const { mutations = [] } = spec;
    return [
      ...checkPolicy('spec', spec, mutableOperations),
      ...(mutations.length === 0
        ? [required('spec.mutations', 'mutations must contain at least one item')]
        : mutations.flatMap((mutation, index) => checkMutation(`spec.mutations[${index}]`, mutation))),
      ...checkOneOf('spec.reinvocationPolicy', spec.reinvocationPolicy, ['IfNeeded', 'Never']),
    ];
  },
};

function checkMutation(field: string, mutation: Mutation): FieldError[] {
  if (!mutation.patchType) return [required(`${field}.patchType`)];
  const type = patchTypes.find((known) => known === mutation.patchType);
  if (!type) return [notSupported(`${field}.patchType`, mutation.patchType, patchTypes)];
  const wanted = fieldOf[type];
  const other = wanted === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const errors: FieldError[] = [];
  const patch = mutation[wanted];
  if (!patch) errors.push(required(`${field}.${wanted}`, `must be specified when patchType is ${type}`));
  else if ((patch.expression ?? '').trim() === '') {
    errors.push(required(`${field}.${wanted}.expression`, 'expression is not specified'));
  }
  if (mutation[other] === undefined) return errors;
  const text = `must not be specified when patchType is ${type}`;
  return [...errors, invalid(`${field}.${other}`, `{${other}}`, text)];
}
