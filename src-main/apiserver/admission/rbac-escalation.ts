import { ApiError } from '@shared/api/status.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { resourceAttributes } from '../auth/authorizer.ts';
import { escalationText, fullAuthority, missingRules } from '../auth/rbac/escalation.ts';
import { aggregate, roleNotFound, rulesOf } from '../auth/rbac/rbac-authorizer.ts';
import { type PolicyRule, type RoleRef, rbacGroup } from '../auth/rbac/rule.ts';
import { privilegedGroup } from '../auth/users.ts';
import type { ApiObject } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';

const roles = new Set(['roles', 'clusterroles']);

/**
 * Nobody hands out what he does not have: a role may only be written by who holds all its permissions (or may
 * `escalate` it), a binding only by who holds those of its role (or may `bind` it).
 * Source: Kubernetes, "Using RBAC Authorization", "Privilege escalation prevention and bootstrapping".
 */
export const rbacEscalation: AdmissionModule = {
  name: 'RBACEscalation',
  handles: ({ kind, operation, options }) =>
    kind.group === rbacGroup && operation !== 'DELETE' && !options.user.groups.includes(privilegedGroup),
  async validate(object, request) {
    const { old, kind } = request;
    if (old && sameContent(old, object)) return [];
    if (roles.has(kind.plural)) await checkRole(object, request);
    else await checkBinding(object, request);
    return [];
  },
};

/** Nothing but the metadata that garbage collection works on differs. */
function sameContent(old: ApiObject, object: ApiObject): boolean {
  const without = ({ metadata, ...rest }: ApiObject) => {
    const {
      ownerReferences: _,
      finalizers: __,
      managedFields: ___,
      resourceVersion: ____,
      ...meta
    } = metadata;
    return { ...rest, metadata: meta };
  };
  return jsonEqual(without(old), without(object));
}

async function checkRole(object: ApiObject, request: AdmissionRequest): Promise<void> {
  const name = object.metadata.name ?? '';
  if (await mayUse('escalate', request, { resource: request.kind.plural, name })) return;
  await checkHeld((object.rules ?? []) as readonly PolicyRule[], request, name);
  if (object.aggregationRule === undefined && request.old?.aggregationRule === undefined) return;
  const { missing } = await missingFor(fullAuthority, request);
  if (missing.length > 0) {
    throw forbidden(request.kind, name, 'must have cluster-admin privileges to use an aggregationRule');
  }
}

async function checkBinding(object: ApiObject, request: AdmissionRequest): Promise<void> {
  const roleRef = object.roleRef as RoleRef;
  const resource = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (await mayUse('bind', request, { resource, name: roleRef.name })) return;
  await request.server.rbac.ready;
  const rules = request.server.rbac.rulesOf(roleRef, request.namespace);
  if (!rules) {
    throw ApiError.of('NotFound', roleNotFound(roleRef), {
      name: roleRef.name,
      group: rbacGroup,
      kind: roleRef.kind.toLowerCase(),
    });
  }
  await checkHeld(
    rules.map(({ rule }) => rule),
    request,
    object.metadata.name ?? '',
  );
}

async function mayUse(
  verb: 'escalate' | 'bind',
  { server, options, namespace }: AdmissionRequest,
  target: { resource: string; name: string },
): Promise<boolean> {
  const attributes = resourceAttributes(options.user, verb, { group: rbacGroup, namespace, ...target });
  return (await server.authorizer.authorize(attributes)).allowed;
}

async function missingFor(wanted: readonly PolicyRule[], { server, options, namespace }: AdmissionRequest) {
  const held = await rulesOf(server.rbac, options.user, namespace);
  return { missing: missingRules(held.rules, wanted), errors: held.errors };
}

async function checkHeld(
  rules: readonly PolicyRule[],
  request: AdmissionRequest,
  name: string,
): Promise<void> {
  const { missing, errors } = await missingFor(rules, request);
  if (missing.length === 0) return;
  const resolution = errors.length === 0 ? [] : [aggregate(errors)];
  throw forbidden(request.kind, name, escalationText(request.options.user, missing, resolution));
}
