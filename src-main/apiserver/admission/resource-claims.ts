import { forbidden } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import {
  allocatedNode,
  changedDrivers,
} from '@shared/kinds/resource/resource-claim/resource-claim-status.ts';
import { resourceClaimTemplateKind } from '@shared/kinds/resource/resource-claim-template/kind.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { forbiddenResponse, resourceAttributes } from '../auth/authorizer.ts';
import type { UserInfo } from '../request.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';
import { findStored } from './lookup.ts';

type Claim = Unchecked<ResourceClaim>;
type Status = NonNullable<Claim['status']>;

/**
 * What takes more than the right to write a claim: access to devices that others use (its namespace's label says so),
 * binding the claim, and saying something of a driver's devices.
 * Source: Kubernetes, "Dynamic Resource Allocation", "Admin access" and "Granular status authorization".
 */
export const resourceClaims: AdmissionModule = {
  name: 'ResourceClaims',
  handles: ({ kind, operation, subresource }) =>
    (subresource === '' &&
      operation === 'CREATE' &&
      (kind === resourceClaimKind || kind === resourceClaimTemplateKind)) ||
    (subresource === 'status' && operation === 'UPDATE' && kind === resourceClaimKind),
  async check(object, request) {
    const { kind, subresource } = request;
    if (subresource === 'status') return statusErrors(object as unknown as Claim, request);
    const { spec } =
      kind === resourceClaimKind
        ? (object as unknown as Claim)
        : ((object as unknown as Unchecked<ResourceClaimTemplate>).spec ?? {});
    const wants = (spec?.devices?.requests ?? []).map(({ exactly }) => exactly?.adminAccess === true);
    return adminErrors(wants, 'spec.devices.requests', request);
  },
};

const label = 'resource.kubernetes.io/admin-access';

/** `wants`: which items of the list at `field` ask for access. */
async function adminErrors(
  wants: readonly boolean[],
  field: string,
  { namespace, server }: AdmissionRequest,
): Promise<FieldError[]> {
  const index = wants.indexOf(true);
  if (index < 0) return [];
  const found = await findStored(server, namespaceKind, { name: namespace });
  if (found?.metadata?.labels?.[label] === 'true') return [];
  const text = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
  return [forbidden(`${field}[${index}].adminAccess`, text)];
}

async function statusErrors({ status = {} }: Claim, request: AdmissionRequest): Promise<FieldError[]> {
  const { status: old = {} } = (request.old ?? {}) as Claim;
  const adminOf = ({ allocation }: Status) =>
    (allocation?.devices?.results ?? []).map(({ adminAccess }) => adminAccess === true);
  const wants = adminOf(old).includes(true) ? [] : adminOf(status);
  return [
    ...(await adminErrors(wants, 'status.allocation.devices.results', request)),
    ...(await bindingErrors(status, old, request)),
    ...(await driverErrors(status, old, request)),
  ];
}

async function bindingErrors(status: Status, old: Status, request: AdmissionRequest): Promise<FieldError[]> {
  const isSame = (part: 'allocation' | 'reservedFor') => jsonEqual(status[part] ?? null, old[part] ?? null);
  if (isSame('allocation') && isSame('reservedFor')) return [];
  const verb = verbOf(request);
  const refused = await refusal(request, verb, { subresource: 'binding' });
  if (refused === undefined) return [];
  const text = `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission`;
  return [forbidden('status', `${text}: ${refused}`)];
}

/** Drivers that run on the claim's node may be allowed that alone; any of the verbs will do. */
async function driverErrors(status: Status, old: Status, request: AdmissionRequest): Promise<FieldError[]> {
  const verb = verbOf(request);
  const node = allocatedNode(status);
  const isThere = node !== undefined && nodeOf(request.options.user) === node;
  const verbs = [...(isThere ? [`associated-node:${verb}`] : []), `arbitrary-node:${verb}`];
  const errors: FieldError[] = [];
  for (const name of changedDrivers(status, old)) {
    const target = { subresource: 'driver', namespace: request.namespace, name };
    const refused: string[] = [];
    for (const one of verbs) {
      const why = await refusal(request, one, target);
      if (why === undefined) break;
      refused.push(why);
    }
    if (refused.length < verbs.length) continue;
    const text = `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission`;
    errors.push(forbidden('status.devices', `${text}: ${refused[0]}`));
  }
  return errors;
}

function verbOf({ options }: AdmissionRequest): string {
  return options.verb ?? 'update';
}

/** The node a service account's token is bound to. */
function nodeOf({ name, extra }: UserInfo): string | undefined {
  const nodes = extra?.['authentication.kubernetes.io/node-name'] ?? [];
  return name.startsWith('system:serviceaccount:') && nodes.length === 1 ? nodes[0] : undefined;
}

interface Part {
  readonly subresource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Why the user may not; undefined when he may. */
async function refusal(
  { options, server }: AdmissionRequest,
  verb: string,
  part: Part,
): Promise<string | undefined> {
  const { group, version, plural: resource } = resourceClaimKind;
  const attributes = resourceAttributes(options.user, verb, { group, version, resource, ...part });
  const { allowed, reason } = await server.authorizer.authorize(attributes);
  return allowed ? undefined : forbiddenResponse(attributes, reason).message;
}
