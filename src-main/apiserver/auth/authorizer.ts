import { ApiError } from '@shared/api/status.ts';
import { type ApiServerRequest, isTrue, type UserInfo } from '../request.ts';

/** What authorization looks at; read off a request by {@link attributesOf}, or made up by a review. */
export interface Attributes {
  readonly user: UserInfo;
  /** A resource's verb (`list`, `patch`, …), or for other paths the HTTP method in lower case. */
  readonly verb: string;
  /** The fields below `path` count when true, `path` alone otherwise. */
  readonly resourceRequest: boolean;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** '' over all namespaces and for cluster-scoped resources. */
  readonly namespace: string;
  /** '' for collections. A list or watch whose field selector asks for one name carries that name. */
  readonly name: string;
  /** Field selector of a list or watch, as it stands in the query. */
  readonly fieldSelector?: string | undefined;
}

/** `reason` is for people: why, or why not; '' when there is nothing to say. */
export interface Decision {
  readonly allowed: boolean;
  /** Set by who wants nobody to be asked after him. */
  readonly denied?: true;
  readonly reason: string;
}

/** Decides whether a request may be made. Never throws for a refusal. */
export interface Authorizer {
  /** Answers at once where it can; a promise only when something has to be read first. */
  authorize(attributes: Attributes): Promise<Decision> | Decision;
}

export const allowed: Decision = { allowed: true, reason: '' };
/** Nothing speaks for it: the next authorizer may know more. */
export const noOpinion: Decision = { allowed: false, reason: '' };

/** Asks one after the other; the first that allows or denies decides, the reasons of those before are gathered. */
export async function firstAllowing(
  authorizers: readonly Authorizer[],
  attributes: Attributes,
): Promise<Decision> {
  const reasons: string[] = [];
  for (const authorizer of authorizers) {
    const decision = await authorizer.authorize(attributes);
    if (decision.allowed || decision.denied) return decision;
    if (decision.reason !== '') reasons.push(decision.reason);
  }
  return { allowed: false, reason: reasons.join('\n') };
}

/** An action on a resource, for checks beside the one every request goes through. */
export function resourceAttributes(
  user: UserInfo,
  verb: string,
  target: { group: string; resource: string } & Partial<Attributes>,
): Attributes {
  return {
    version: '*',
    subresource: '',
    namespace: '',
    name: '',
    path: '',
    ...target,
    user,
    verb,
    resourceRequest: true,
  };
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Parts of a namespace's own path that are subresources of it and not resources in it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Reads the attributes off a request by its path alone, whether or not something is served there.
 * Source: Kubernetes, "Authorization", "Determine the request verb".
 */
export function attributesOf(
  { user, method, path, query }: Pick<ApiServerRequest, 'user' | 'method' | 'path' | 'query'>,
  segments: readonly string[],
): Attributes {
  const core = segments[0] === 'api';
  const prefix = core ? 2 : 3;
  if ((!core && segments[0] !== 'apis') || segments.length <= prefix) return plainPath(user, method, path);
  const group = core ? '' : (segments[1] ?? '');
  const version = (core ? segments[1] : segments[2]) ?? '';
  const watchPath = segments[prefix] === 'watch' && segments.length > prefix + 1;
  const { namespace, resource, name, subresource } = splitTarget(
    segments.slice(watchPath ? prefix + 1 : prefix),
  );
  const plainVerb = verbs[method] ?? '';
  const watching = watchPath || isTrue(query.get('watch'));
  const reading = plainVerb === 'get' && subresource === '' && (name === '' || watching);
  const fieldSelector = reading ? (query.get('fieldSelector') ?? '') : undefined;
  const listVerb = watching ? 'watch' : 'list';
  const deleteVerb = plainVerb === 'delete' && name === '' ? 'deletecollection' : plainVerb;
  return {
    user,
    verb: reading ? listVerb : deleteVerb,
    resourceRequest: true,
    path,
    group,
    version,
    resource,
    subresource,
    namespace,
    name: name || (fieldSelector && selectedValue(fieldSelector, 'metadata.name')) || '',
    fieldSelector,
  };
}

function plainPath(user: UserInfo, method: string, path: string): Attributes {
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  return { user, verb: method.toLowerCase(), resourceRequest: false, path, ...none };
}

function splitTarget(rest: readonly string[]) {
  const [first = '', second = '', third = ''] = rest;
  if (first === 'namespaces' && second !== '') {
    if (third !== '' && !namespaceSubresources.has(third)) {
      const [name = '', subresource = ''] = rest.slice(3);
      return { namespace: second, resource: third, name, subresource };
    }
    return { namespace: second, resource: first, name: second, subresource: third };
  }
  return { namespace: '', resource: first, name: second, subresource: third };
}

/** The one value a field selector asks of a field, or undefined. */
export function selectedValue(selector: string, field: string): string | undefined {
  for (const term of selector.split(',')) {
    const [, name, value] = /^([^=!]+)==?([^=!]*)$/.exec(term) ?? [];
    if (name === field) return value;
  }
  return undefined;
}

/** 403 as Kubernetes words it: `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function forbiddenResponse(attributes: Attributes, reason: string): ApiError {
  const { group, resource, name } = attributes;
  const why = reason === '' ? forbiddenText(attributes) : `${forbiddenText(attributes)}: ${reason}`;
  if (!attributes.resourceRequest) return ApiError.of('Forbidden', `forbidden: ${why}`, {});
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const what = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`;
  const details = { ...(name && { name }), ...(group && { group }), kind: resource };
  return ApiError.of('Forbidden', `${what} is forbidden: ${why}`, details);
}

function forbiddenText({ user, verb, ...attributes }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!attributes.resourceRequest) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes;
  const what = JSON.stringify(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}`;
}
