import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { TokenReview } from '../../wire.ts';

export const tokenReviewKind = defineKind<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
  stored: false,
  verbs: ['create'],
  schema: 'io.k8s.api.authentication.v1.TokenReview',
  columns: [nameColumn()],
  view: {
    section: 'access',
    title: 'Token reviews',
    purpose: 'A token review tells whose token it is.',
  },
});
