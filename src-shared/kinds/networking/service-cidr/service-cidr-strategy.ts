import { immutable, invalid, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { Strategy } from '../../define.ts';
import { isDualStack } from '../../ip-address.ts';
import type { ServiceCIDR } from '../../wire.ts';
import { checkStrictCidr } from '../strict-ip.ts';

const field = 'spec.cidrs';

export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  validate({ spec }) {
    const cidrs = spec?.cidrs ?? [];
    if (cidrs.length === 0) return [required(field, 'at least one CIDR required')];
    if (cidrs.length > 2) return [invalid(field, spec, 'may only hold up to 2 values')];
    if (cidrs.length === 2 && !isDualStack(cidrs)) {
      const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
      return [invalid(field, spec, text)];
    }
    return cidrs.flatMap((cidr, index) => checkStrictCidr(`${field}[${index}]`, cidr));
  },
  validateUpdate({ spec }, old) {
    const cidrs = spec?.cidrs ?? [];
    const before = old.spec?.cidrs ?? [];
    const isExtended = before.length === 1 && cidrs.length === 2;
    if (cidrs.length !== before.length && !isExtended) return [immutable(field, cidrs)];
    return before.flatMap((cidr, index) => validateImmutable(cidrs[index], cidr, `${field}[${index}]`));
  },
};
