import { aggregate, rulesOf } from '../auth/rbac/rbac-authorizer.ts';
import type { PolicyRule } from '../auth/rbac/rule.ts';
import { badRequest } from '../registry/errors.ts';
import type { Review } from './reviews.ts';

/** What whoever asks may do in a namespace, as a list. `kubectl auth can-i --list` asks this. */
export const selfSubjectRulesReview: Review = {
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectRulesReview',
  async answer({ server, options: { user } }, draft) {
    const { namespace = '' } = (draft.spec ?? {}) as { namespace?: string };
    if (namespace === '') throw badRequest('no namespace on request');
    const { rules, errors } = await rulesOf(server.rbac, user, namespace);
    const why = [...server.authorizer.unresolved(user), ...errors];
    return {
      ...draft,
      status: {
        resourceRules: rules.filter(({ resources }) => resources !== undefined).map(resourceRule),
        nonResourceRules: rules
          .filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        incomplete: why.length > 0,
        ...(why.length > 0 && { evaluationError: aggregate(why) }),
      },
    };
  },
};

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule) {
  return { verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) };
}
