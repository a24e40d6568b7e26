import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { SelfSubjectAccessReview } from '../../wire.ts';

export const selfSubjectAccessReviewKind = defineKind<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  stored: false,
  verbs: ['create'],
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  columns: [nameColumn()],
  view: {
    section: 'access',
    title: 'Self subject access reviews',
    purpose: 'A self subject access review tells whether whoever asks may do something.',
  },
});
