import { duplicate, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../validation.ts';
import type { Pod, PodSpec, PodStatus } from '../../wire.ts';
import type { PodContext } from './pod-context.ts';

type Claim = NonNullable<Unchecked<PodSpec>['resourceClaims']>[number];
type ClaimStatus = NonNullable<Unchecked<PodStatus>['resourceClaimStatuses']>[number];

/** Devices a pod asks for by claims: each of one name, either an existing claim or a template; `field` is the list's path. */
export function checkResourceClaims(field: string, { spec }: PodContext): FieldError[] {
  const names = new Set<string>();
  return (spec.resourceClaims ?? []).flatMap((claim, index) => {
    const at = `${field}[${index}]`;
    const { name = '' } = claim;
    const errors = checkName(`${at}.name`, name, names);
    names.add(name);
    return [...errors, ...checkSource(at, claim)];
  });
}

function checkName(field: string, name: string, names: ReadonlySet<string>): FieldError[] {
  if (!name) return [required(field)];
  return names.has(name) ? [duplicate(field, name)] : checkDnsLabel(field, name);
}

function checkSource(field: string, claim: Claim): FieldError[] {
  const { resourceClaimName: name, resourceClaimTemplateName: template } = claim;
  const errors: FieldError[] = [];
  if (name !== undefined && template !== undefined) {
    const text = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
    errors.push(invalid(field, claim, text));
  }
  if (name === undefined && template === undefined) {
    const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
    errors.push(invalid(field, claim, text));
  }
  if (name !== undefined) errors.push(...checkDnsSubdomain(`${field}.resourceClaimName`, name));
  if (template === undefined) return errors;
  return [...errors, ...checkDnsSubdomain(`${field}.resourceClaimTemplateName`, template)];
}

/** Claims made for a pod, one for each of those it asks for; `field` is the path of the list in the status. */
export function checkResourceClaimStatuses(
  field: string,
  statuses: readonly ClaimStatus[],
  spec: Unchecked<PodSpec> | undefined,
): FieldError[] {
  const wanted = new Set((spec?.resourceClaims ?? []).map(({ name = '' }) => name));
  const seen = new Set<string>();
  return statuses.flatMap(({ name = '', resourceClaimName }, index) => {
    const at = `${field}[${index}].name`;
    const errors: FieldError[] = [];
    if (!wanted.has(name)) {
      errors.push(invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return resourceClaimName === undefined
      ? errors
      : [...errors, ...checkDnsSubdomain(at, resourceClaimName)];
  });
}

/** The claim made for extended resources that devices stand for, and which of its requests is whose. */
export function checkExtendedResourceClaim(field: string, { spec, status }: Unchecked<Pod>): FieldError[] {
  const claim = status?.extendedResourceClaimStatus;
  if (!claim) return [];
  const mappings = claim.requestMappings ?? [];
  const containers = new Map(
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((container) => [
      container.name,
      container,
    ]),
  );
  const at = `${field}.requestMappings`;
  const errors = mappings.length > 0 ? [] : [required(at, 'at least one request mapping is required')];
  const seen = new Set<string>();
  for (const [index, { containerName = '', resourceName = '', requestName = '' }] of mappings.entries()) {
    const container = containers.get(containerName);
    if (!container) {
      const text = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(invalid(`${at}[${index}].containerName`, containerName, text));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const text =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.push(invalid(`${at}[${index}].resourceName`, resourceName, text));
    }
    errors.push(...checkDnsLabel(`${field}.requestName`, requestName));
    const key = JSON.stringify([containerName, resourceName]);
    if (seen.has(key)) {
      errors.push(duplicate(`${at}[${index}].containerName`, containerName));
      errors.push(duplicate(`${at}[${index}].resourceName`, resourceName));
    }
    seen.add(key);
  }
  const name = claim.resourceClaimName;
  const nameField = `${field}.resourceClaimName`;
  return [...errors, ...(name ? checkDnsSubdomain(nameField, name) : [required(nameField)])];
}
