import { duplicate, invalid, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDnsLabel, checkDnsSubdomain, invalidEach } from '../../validation.ts';
import type { PodSpec, PodStatus } from '../../wire.ts';
import type { PodContext } from './pod-context.ts';

type Claim = NonNullable<Unchecked<PodSpec>['resourceClaims']>[number];
type ClaimStatus = NonNullable<Unchecked<PodStatus>['resourceClaimStatuses']>[number];

/** Devices a pod asks for by claims: each of one name, either an existing claim or a template; `field` is the list's path. */
export function checkResourceClaims(field: string, { spec, podName }: PodContext): FieldError[] {
  const names = new Set<string>();
  return (spec.resourceClaims ?? []).flatMap((claim, index) => {
    const at = `${field}[${index}]`;
    const errors = checkName(`${at}.name`, claim, { names, podName });
    names.add(claim.name ?? '');
    return [...errors, ...checkSource(at, claim)];
  });
}

function checkName(
  field: string,
  { name, resourceClaimTemplateName }: Claim,
  { names, podName }: { readonly names: ReadonlySet<string>; readonly podName: string | undefined },
): FieldError[] {
  if (!name) return [required(field)];
  if (names.has(name)) return [duplicate(field, name)];
  const errors = checkDnsLabel(field, name);
  if (errors.length > 0 || !podName || resourceClaimTemplateName === undefined) return errors;
  const claimName = `${podName}-${name}`;
  const texts = dnsSubdomainErrors(claimName).map((text) => `final ResourceClaim name: ${text}`);
  return invalidEach(field, claimName, texts);
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
