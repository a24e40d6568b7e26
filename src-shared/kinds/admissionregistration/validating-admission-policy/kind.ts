import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ValidatingAdmissionPolicy } from '../../wire.ts';
import { paramKindColumn } from '../columns.ts';
import { validatingAdmissionPolicyStrategy } from './validating-admission-policy-strategy.ts';

export const validatingAdmissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  needsResourceVersion: true,
  hasGeneration: true,
  hasStatus: true,
  strategy: validatingAdmissionPolicyStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Validations',
      type: 'integer',
      description: 'Number of expressions that must hold.',
      cell: ({ spec }) => (spec?.validations ?? []).length,
    },
    paramKindColumn(),
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Validating policies',
    purpose: 'A validating admission policy refuses requests by expressions, without a webhook.',
  },
});
