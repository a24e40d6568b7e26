import { defineKind } from '../../define.ts';
import type { ValidatingAdmissionPolicyBinding } from '../../wire.ts';
import { policyBindingColumns } from '../columns.ts';
import { validatingBindingStrategy } from '../policy-binding-strategy.ts';

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  needsResourceVersion: true,
  hasGeneration: true,
  strategy: validatingBindingStrategy,
  columns: policyBindingColumns(),
  view: {
    section: 'cluster',
    title: 'Validating policy bindings',
    purpose:
      'A validating admission policy binding puts a policy to use, with parameters and for certain objects.',
  },
});
