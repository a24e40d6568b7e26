import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { LocalSubjectAccessReview } from '../../wire.ts';

export const localSubjectAccessReviewKind = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  stored: false,
  verbs: ['create'],
  schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  columns: [nameColumn()],
  view: {
    section: 'access',
    title: 'Local subject access reviews',
    purpose: 'A local subject access review tells whether somebody may do something in a namespace.',
  },
});
