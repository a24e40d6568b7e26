import { describe, expect, it } from 'vitest';
import { createErrors, updateErrors } from '../../testing.ts';
import type { ServiceCIDR } from '../../wire.ts';
import { serviceCidrKind } from './kind.ts';

describe('service CIDRs', () => {
  const range = (...cidrs: string[]): ServiceCIDR => ({ metadata: { name: 'a' }, spec: { cidrs } });

  it.each<[string[], string[]]>([
    [['10.0.0.0/16'], []],
    [['10.0.0.0/16', 'fd00::/64'], []],
    [[], ['spec.cidrs: Required value: at least one CIDR required']],
    [
      ['10.0.0.1/16'],
      ['spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length'],
    ],
    [
      ['fd00:0::/64'],
      ['spec.cidrs[0]: Invalid value: "fd00:0::/64": must be in canonical form ("fd00::/64")'],
    ],
    [
      ['10.0.0.0/16', '10.1.0.0/16'],
      [
        'spec.cidrs: Invalid value: {"cidrs":["10.0.0.0/16","10.1.0.0/16"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
  ])('of %j', (cidrs, errors) => {
    expect(createErrors(serviceCidrKind, range(...cidrs))).toEqual(errors);
  });

  it('may get a second family, and change in no other way', () => {
    expect(updateErrors(serviceCidrKind, range('10.0.0.0/16', 'fd00::/64'), range('10.0.0.0/16'))).toEqual(
      [],
    );
    expect(updateErrors(serviceCidrKind, range('10.1.0.0/16', 'fd00::/64'), range('10.0.0.0/16'))).toEqual([
      'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
    ]);
    expect(updateErrors(serviceCidrKind, range('10.1.0.0/16'), range('10.0.0.0/16'))).toEqual([
      'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
    ]);
    expect(updateErrors(serviceCidrKind, range('10.0.0.0/16'), range('10.0.0.0/16', 'fd00::/64'))).toEqual([
      'spec.cidrs: Invalid value: ["10.0.0.0/16"]: field is immutable',
    ]);
  });
});
