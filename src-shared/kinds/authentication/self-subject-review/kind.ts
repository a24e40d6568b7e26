import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { SelfSubjectReview } from '../../wire.ts';

export const selfSubjectReviewKind = defineKind<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  stored: false,
  verbs: ['create'],
  schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  columns: [nameColumn()],
  view: {
    section: 'access',
    title: 'Self subject reviews',
    purpose: 'A self subject review tells who asks.',
  },
});
