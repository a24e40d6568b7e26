import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { MutatingAdmissionPolicy } from '../../wire.ts';
import { paramKindColumn } from '../columns.ts';
import { mutatingAdmissionPolicyStrategy } from './mutating-admission-policy-strategy.ts';

export const mutatingAdmissionPolicyKind = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  needsResourceVersion: true,
  hasGeneration: true,
  strategy: mutatingAdmissionPolicyStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Mutations',
      type: 'integer',
      description: 'Number of expressions that change the object.',
      cell: ({ spec }) => (spec?.mutations ?? []).length,
    },
    paramKindColumn(),
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Mutating policies',
    purpose: 'A mutating admission policy changes objects on their way in by expressions, without a webhook.',
  },
});
