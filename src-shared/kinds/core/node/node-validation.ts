import { duplicate, forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { labelValueErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkCidr, isDualStack } from '../../ip-address.ts';
import { checkQualifiedName } from '../../validation.ts';
import type { Node, Taint } from '../../wire.ts';
import { checkAmount } from '../pod/resource-validation.ts';
import { taintEffects } from '../pod/scheduling-validation.ts';

type ReadonlyNode = Unchecked<Node>;

/** Every error of a node. */
export function validateNode(node: ReadonlyNode): FieldError[] {
  return [
    ...checkTaints('metadata.taints', node.spec?.taints ?? []),
    ...checkResources(node),
    ...checkPodCidrs('spec.podCIDRs', node.spec?.podCIDRs ?? []),
  ];
}

/** Taints; `field` is the path of the list, which Kubernetes gives as `metadata.taints`. */
function checkTaints(field: string, taints: readonly Unchecked<Taint>[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const at = `${field}[${index}]`;
    const { key, value = '', effect } = taint;
    const errors = checkQualifiedName(`${at}.key`, key);
    const texts = labelValueErrors(value);
    if (texts.length > 0) errors.push(invalid(`${at}.value`, value, texts.join(';')));
    if (!effect) errors.push(required(`${at}.effect`));
    else if (!taintEffects.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, taintEffects));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const error = duplicate(at, taint);
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
    return errors;
  });
}

function checkResources({ status }: ReadonlyNode): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((key) =>
    Object.entries(status?.[key] ?? {}).flatMap(([name, amount]) =>
      checkAmount(`status.${key}.${name}`, name, amount),
    ),
  );
}

/** At most one network of each family. */
function checkPodCidrs(field: string, cidrs: readonly string[]): FieldError[] {
  const errors = cidrs.flatMap((cidr, index) => checkCidr(`${field}[${index}]`, cidr));
  if (cidrs.length < 2) return errors;
  if (!isDualStack(cidrs) || cidrs.length > 2) {
    errors.push(invalid(field, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
}

/** What may not change in a node: its pod networks and provider id, once set. */
export function validateNodeUpdate(node: ReadonlyNode, old: ReadonlyNode): FieldError[] {
  const errors: FieldError[] = [];
  const cidrs = old.spec?.podCIDRs ?? [];
  if (cidrs.length > 0 && !jsonEqual(node.spec?.podCIDRs ?? [], cidrs)) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  const provider = old.spec?.providerID ?? '';
  if (provider !== '' && provider !== node.spec?.providerID) {
    errors.push(
      forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'),
    );
  }
  if ((node.spec?.externalID ?? '') !== (old.spec?.externalID ?? '')) {
    errors.push(forbidden('spec.externalID', 'may not be updated'));
  }
  return errors;
}

/** Errors of a node's status. */
export function validateNodeStatusUpdate(node: ReadonlyNode): FieldError[] {
  const addresses = node.status?.addresses ?? [];
  const repeated = addresses.flatMap((address, index) => {
    const first = addresses.findIndex((other) => jsonEqual(other, address));
    return first < index ? [duplicate(`status.addresses[${index}]`, address)] : [];
  });
  return [...checkResources(node), ...repeated];
}
