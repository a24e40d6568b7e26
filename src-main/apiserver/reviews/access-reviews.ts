import { invalid, required } from '@shared/api/field-errors.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import type { SubjectAccessReview } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Attributes } from '../auth/authorizer.ts';
import type { DraftObject } from '../objects.ts';
import { badRequest } from '../registry/errors.ts';
import type { UserInfo } from '../request.ts';
import type { Review, ReviewContext } from './reviews.ts';

type Spec = NonNullable<DeepReadonly<SubjectAccessReview>['spec']>;

const group = 'authorization.k8s.io';

/** May somebody do something: the answer of whatever decides about requests. */
export const subjectAccessReview: Review = {
  group,
  kind: 'SubjectAccessReview',
  answer: (context, draft) => answer(context, draft, namedUser(specOf(draft), draft.kind)),
};

/** The same within the namespace the question is asked in. */
export const localSubjectAccessReview: Review = {
  group,
  kind: 'LocalSubjectAccessReview',
  answer(context, draft) {
    const spec = specOf(draft);
    const { namespace } = context.target;
    const user = namedUser(spec, draft.kind);
    if (spec.nonResourceAttributes) {
      throw refuse(draft.kind, [
        invalid(
          'spec.nonResourceAttributes',
          spec.nonResourceAttributes,
          'disallowed on this kind of request',
        ),
      ]);
    }
    if (spec.resourceAttributes?.namespace !== namespace) {
      const asked = spec.resourceAttributes?.namespace ?? '';
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${asked}`);
    }
    return answer(context, draft, user);
  },
};

/** May whoever asks do something. `kubectl auth can-i` asks this. */
export const selfSubjectAccessReview: Review = {
  group,
  kind: 'SelfSubjectAccessReview',
  answer: (context, draft) => answer(context, draft, context.options.user),
};

async function answer({ server }: ReviewContext, draft: DraftObject, user: UserInfo): Promise<DraftObject> {
  const decision = await server.authorizer.authorize(attributesOf(specOf(draft), user, draft.kind));
  const { allowed, denied, reason } = decision;
  return { ...draft, status: { allowed, ...(denied && { denied }), ...(reason !== '' && { reason }) } };
}

function specOf(draft: DraftObject): Spec {
  return (draft.spec ?? {}) as Spec;
}

function namedUser({ user = '', groups = [], uid, extra }: Spec, kind: string): UserInfo {
  if (user === '' && groups.length === 0) {
    throw refuse(kind, [required('spec.user', 'at least one of user or group must be specified')]);
  }
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function attributesOf(spec: Spec, user: UserInfo, kind: string): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if ((resource === undefined) === (other === undefined)) {
    const field = 'spec.resourceAttributes';
    const text = resource
      ? 'cannot be specified in combination with resourceAttributes'
      : 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw refuse(kind, [
      resource ? invalid('spec.nonResourceAttributes', other, text) : invalid(field, null, text),
    ]);
  }
  const { verb = '', path = '' } = other ?? {};
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  if (!resource) return { ...none, user, verb, path, resourceRequest: false };
  const terms = resource.fieldSelector?.requirements ?? [];
  const fieldSelector =
    resource.fieldSelector?.rawSelector ??
    terms
      .flatMap(({ key, operator, values }) =>
        operator === 'In' && values?.length === 1 ? [`${key}=${values[0]}`] : [],
      )
      .join(',');
  return {
    user,
    verb: resource.verb ?? '',
    resourceRequest: true,
    path: '',
    group: resource.group ?? '',
    version: resource.version ?? '',
    resource: resource.resource ?? '',
    subresource: resource.subresource ?? '',
    namespace: resource.namespace ?? '',
    name: resource.name ?? '',
    fieldSelector,
  };
}

function refuse(kind: string, errors: readonly FieldError[]): ApiError {
  return ApiError.invalid({ group, kind }, '', errors);
}
