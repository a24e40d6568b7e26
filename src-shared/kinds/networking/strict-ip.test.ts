import { describe, expect, it } from 'vitest';
import { ipText } from '../ip-address.ts';
import { checkStrictCidr, checkStrictIp } from './strict-ip.ts';

describe('canonical addresses', () => {
  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['FE80::ABC', 'fe80::abc'],
  ])('%s is %s', (text, canonical) => {
    const complaints = checkStrictIp('ip', text).map(({ message }) => message);
    expect(complaints).toEqual(
      text === canonical ? [] : [`Invalid value: "${text}": must be in canonical form ("${canonical}")`],
    );
  });

  it('have no disguised IPv4 addresses among them', () => {
    expect(checkStrictIp('ip', '::ffff:10.0.0.1')[0]?.message).toContain(
      'must not be an IPv4-mapped IPv6 address',
    );
    expect(checkStrictCidr('ip', '::ffff:10.0.0.0/112')[0]?.message).toContain(
      'must not have an IPv4-mapped',
    );
    expect(ipText([10, 0, 0, 1])).toBe('10.0.0.1');
  });
});
