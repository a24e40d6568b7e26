import { required } from '@shared/api/field-errors.ts';
import { ApiError } from '@shared/api/status.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import { allAuthenticated } from '../auth/users.ts';
import type { UserInfo } from '../request.ts';
import type { Review } from './reviews.ts';

const group = 'authentication.k8s.io';

/** Whose token is it. The answer never says why a token does not hold. */
export const tokenReview: Review = {
  group,
  kind: 'TokenReview',
  async answer({ server }, draft) {
    const { token = '', audiences = [] } = (draft.spec ?? {}) as { token?: string; audiences?: string[] };
    if (token === '') throw ApiError.invalid({ group, kind: 'TokenReview' }, '', [required('spec.token')]);
    const wanted = audiences.length > 0 ? audiences : [server.tokens.defaultAudience];
    const found = await server.bearerTokens.verify(token, wanted);
    if (!found) return { ...draft, status: { user: {}, error: 'invalid bearer token' } };
    const { user } = found;
    const groups = user.groups.includes(allAuthenticated) ? user.groups : [...user.groups, allAuthenticated];
    const status = { authenticated: true, user: userJson({ ...user, groups }), audiences: found.audiences };
    return { ...draft, status };
  },
};

/** Who asks. `kubectl auth whoami` asks this. */
export const selfSubjectReview: Review = {
  group,
  kind: 'SelfSubjectReview',
  answer: ({ server, options }, draft) => ({
    ...draft,
    metadata: { ...draft.metadata, creationTimestamp: rfc3339(server.clock.now()) },
    status: { userInfo: userJson(options.user) },
  }),
};

function userJson({ name, uid, groups, extra }: UserInfo) {
  const hasExtra = extra !== undefined && Object.keys(extra).length > 0;
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(hasExtra && { extra }),
  };
}
