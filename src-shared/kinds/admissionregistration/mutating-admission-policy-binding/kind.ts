import { defineKind } from '../../define.ts';
import type { MutatingAdmissionPolicyBinding } from '../../wire.ts';
import { policyBindingColumns } from '../columns.ts';
import { mutatingBindingStrategy } from '../policy-binding-strategy.ts';

export const mutatingAdmissionPolicyBindingKind = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  needsResourceVersion: true,
  hasGeneration: true,
  strategy: mutatingBindingStrategy,
  columns: policyBindingColumns(),
  view: {
    section: 'cluster',
    title: 'Mutating policy bindings',
    purpose:
      'A mutating admission policy binding puts a policy to use, with parameters and for certain objects.',
  },
});
