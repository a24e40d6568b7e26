import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { SelfSubjectRulesReview } from '../../wire.ts';

export const selfSubjectRulesReviewKind = defineKind<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  stored: false,
  verbs: ['create'],
  schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  columns: [nameColumn()],
  view: {
    section: 'access',
    title: 'Self subject rules reviews',
    purpose: 'A self subject rules review tells what whoever asks may do in a namespace.',
  },
});
