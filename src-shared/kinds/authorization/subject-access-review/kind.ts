import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { SubjectAccessReview } from '../../wire.ts';

export const subjectAccessReviewKind = defineKind<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  stored: false,
  verbs: ['create'],
  schema: 'io.k8s.api.authorization.v1.SubjectAccessReview',
  columns: [nameColumn()],
  view: {
    section: 'access',
    title: 'Subject access reviews',
    purpose: 'A subject access review tells whether somebody may do something.',
  },
});
