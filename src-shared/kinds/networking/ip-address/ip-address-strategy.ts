import { required } from '../../../api/field-errors.ts';
import { pathSegmentErrors } from '../../../api/names.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsSubdomain, invalidEach } from '../../validation.ts';
import type { IPAddress } from '../../wire.ts';
import { checkSegment } from '../object-reference.ts';
import { checkStrictIp } from '../strict-ip.ts';

export const ipAddressStrategy: Strategy<IPAddress> = {
  validate: ({ spec }) => checkParent('spec.parentRef', spec?.parentRef),
  validateCreate: ({ metadata }) => (metadata?.name ? checkStrictIp('metadata.name', metadata.name) : []),
  validateUpdate: ({ spec }, old) =>
    validateImmutable(spec?.parentRef, old.spec?.parentRef, 'spec.parentRef'),
};

type Parent = NonNullable<Unchecked<IPAddress>['spec']>['parentRef'];

function checkParent(field: string, parent: Parent | undefined): FieldError[] {
  if (!parent) return [required(field)];
  const { group, resource, namespace, name } = parent;
  return [
    ...(group ? checkDnsSubdomain(`${field}.group`, group) : []),
    ...checkSegment(`${field}.resource`, resource),
    ...checkSegment(`${field}.name`, name),
    ...(namespace ? invalidEach(`${field}.namespace`, namespace, pathSegmentErrors(namespace)) : []),
  ];
}
