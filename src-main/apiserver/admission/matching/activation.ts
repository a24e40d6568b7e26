import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import type { Json } from '@shared/lib/types.ts';
import { resourceAttributes } from '../../auth/authorizer.ts';
import { type AskAuthorizer, type AuthorizerValue, authorizerOf } from '../../cel/authorizer.ts';
import { toCel } from '../../cel/values.ts';
import type { UserInfo } from '../../request.ts';
import type { AdmissionRequest } from '../admission.ts';
import { findStored } from '../lookup.ts';
import { Activation } from './expressions.ts';
import { namespaceValue } from './namespace-value.ts';
import { reviewFacts } from './review-facts.ts';
import { type Form, isNamespace, type Subject } from './subject.ts';
import { noNamespace } from './variable-types.ts';

export interface ActivationOptions {
  /** Absent: there is no variable `params`. */
  readonly params?: Json;
  readonly needsNamespace?: boolean;
}

/** The variables of expressions about a request, in one of its versions. */
export async function activationOf(
  subject: Subject,
  form: Form,
  { params, needsNamespace }: ActivationOptions = {},
): Promise<Activation> {
  const { object, oldObject } = await subject.inForm(form);
  return new Activation({
    object: toCel(object),
    oldObject: toCel(oldObject),
    request: toCel({ ...reviewFacts(subject, form), options: subject.options }),
    namespaceObject: needsNamespace ? await namespaceObject(subject) : noNamespace,
    authorizer: authorizerFor(subject.request, subject),
    ...(params !== undefined && { params: toCel(params) }),
  });
}

/** The namespace of the request's object, of `namespaceType`. */
async function namespaceObject(subject: Subject): Promise<unknown> {
  const { request, namespace } = subject;
  if (namespace === '' || isNamespace(request)) return noNamespace;
  const found = await findStored(request.server, namespaceKind, { name: namespace });
  return found ? namespaceValue(found) : noNamespace;
}

function authorizerFor({ server, options }: AdmissionRequest, subject: Subject): AuthorizerValue {
  const ask: AskAuthorizer = async ({ path, verb, serviceAccount, ...resource }) => {
    const user = serviceAccount ? serviceAccountUser(serviceAccount) : options.user;
    const { labelSelector: _, fieldSelector, group, ...target } = resource;
    const attributes = resourceAttributes(user, verb, {
      group,
      ...target,
      ...(fieldSelector && { fieldSelector }),
    });
    return server.authorizer.authorize(
      path === undefined ? attributes : { ...attributes, path, resourceRequest: false },
    );
  };
  const { resource } = subject.form;
  return authorizerOf(ask, {
    group: resource.group,
    resource: resource.resource,
    subresource: subject.subresource,
    namespace: isNamespace(subject.request) ? '' : subject.namespace,
    name: subject.name,
  });
}

function serviceAccountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
