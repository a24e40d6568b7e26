import { ApiError } from '@shared/api/status.ts';
import type { AnyKind, Verb } from '@shared/kinds/define.ts';
import type { KindTable } from './kind-table.ts';

/** What a request under `/api` or `/apis` is about. */
export interface ResourceRoute {
  readonly kind: AnyKind;
  /** '' for cluster-scoped kinds and for requests over all namespaces. */
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly verb: Verb | 'connect';
}

const streaming = new Set(['exec', 'attach', 'portforward', 'proxy']);

/**
 * Splits a path into decoded segments. Rejects with 400 when the encoding is broken.
 */
export function pathSegments(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch (cause) {
    throw new ApiError(ApiError.of('BadRequest', `the path ${path} is not encoded correctly`).status, {
      cause,
    });
  }
}

/**
 * Finds the route of a path below `/api/v1` or `/apis/<group>/<version>`, or undefined when it names no
 * resource served here. 405 when the resource exists and the method does not.
 */
export function resolveResource(
  kinds: KindTable,
  method: string,
  segments: readonly string[],
  watch: boolean,
): ResourceRoute | undefined {
  const core = segments[0] === 'api';
  const group = core ? '' : (segments[1] ?? '');
  const version = core ? segments[1] : segments[2];
  let rest = segments.slice(core ? 2 : 3);
  let watching = watch;
  if (rest[0] === 'watch' && rest.length > 1) {
    rest = rest.slice(1);
    watching = true;
  }
  if (version === undefined || rest.length === 0) return undefined;
  const target = splitResource(kinds, { group, version }, rest);
  if (!target) return undefined;
  const { kind, namespace, name, subresource } = target;
  checkSegment(namespace);
  checkSegment(name);
  if (subresource !== '' && !servesSubresource(kind, subresource)) return undefined;
  return { kind, namespace, name, subresource, verb: verbOf(method, target, watching) };
}

/** Names become parts of store keys: nothing that means something in a path gets in. */
function checkSegment(name: string): void {
  const why =
    name === '.' || name === '..'
      ? `may not be '${name}'`
      : /[/%]/.exec(name)?.map((found) => `may not contain '${found}'`)[0];
  if (why) throw ApiError.of('BadRequest', `invalid resource name ${JSON.stringify(name)}: [${why}]`);
}

interface Target {
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

function splitResource(
  kinds: KindTable,
  gv: { group: string; version: string },
  rest: readonly string[],
): Target | undefined {
  const [first = '', second = '', third = '', ...tail] = rest;
  if (first === 'namespaces' && third !== '') {
    const kind = kinds.byResource(gv.group, gv.version, third);
    if (kind?.namespaced)
      return { kind, namespace: second, name: tail[0] ?? '', subresource: tail.slice(1).join('/') };
  }
  const kind = kinds.byResource(gv.group, gv.version, first);
  if (!kind) return undefined;
  if (kind.namespaced) return second === '' ? { kind, namespace: '', name: '', subresource: '' } : undefined;
  return { kind, namespace: '', name: second, subresource: [third, ...tail].filter(Boolean).join('/') };
}

function servesSubresource(kind: AnyKind, subresource: string): boolean {
  if (subresource === 'status') return kind.hasStatus;
  if (subresource === 'scale') return kind.scale !== undefined;
  return kind.subresources.includes(subresource.split('/')[0] ?? '');
}

function verbOf(method: string, target: Target, watch: boolean): ResourceRoute['verb'] {
  if (streaming.has(target.subresource.split('/')[0] ?? '')) return 'connect';
  const verb = plainVerb(method, target, watch);
  if (!verb || (target.subresource === '' && !target.kind.verbs.includes(verb))) throw methodNotAllowed();
  return verb;
}

function plainVerb(method: string, target: Target, watch: boolean): Verb | undefined {
  const named = target.name !== '';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watch && target.subresource === '') return 'watch';
      return named ? 'get' : 'list';
    case 'POST':
      if (named) return target.subresource === '' ? undefined : 'create';
      return target.kind.namespaced && target.namespace === '' ? undefined : 'create';
    case 'PUT':
      return named ? 'update' : undefined;
    case 'PATCH':
      return named ? 'patch' : undefined;
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return undefined;
  }
}

/** 405 as Kubernetes words it. */
export function methodNotAllowed(): ApiError {
  return ApiError.of('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** 404 for a path that names nothing, as Kubernetes words it. */
export function unknownPath(): ApiError {
  // kubectl debug reads the details without looking whether there are any.
  return ApiError.of('NotFound', 'the server could not find the requested resource', {});
}
