import { describe, expect, it } from 'vitest';
import { checkCidr, checkIp, checkNonSpecialIp, ipFamily, isDualStack } from './ip-address.ts';
import { cidrWarnings, ipWarnings } from './ip-warnings.ts';

describe('IP addresses', () => {
  it.each(['10.0.0.1', '0.0.0.0', '255.255.255.255'])('%s is IPv4', (text) => {
    expect(ipFamily(text)).toBe('IPv4');
  });

  it.each(['::', '::1', 'fd00::1', '2001:db8:0:0:0:0:0:1', '::ffff:10.0.0.1', 'FE80::'])(
    '%s is IPv6',
    (text) => {
      expect(ipFamily(text)).toBe('IPv6');
    },
  );

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '10.0.0.1 ',
    ':',
    ':::',
    '1::2::3',
    'g::',
    '12345::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'fe80::1%eth0',
    '::1.2.3',
  ])('%s is none', (text) => {
    expect(ipFamily(text)).toBeUndefined();
  });

  it.each<[string, string]>([
    ['010.0.0.1', 'must not have leading 0s'],
    ['::ffff:10.0.0.1', 'must not be an IPv4-mapped IPv6 address'],
    ['10.0.0.256', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ])('%s is refused', (text, complaint) => {
    expect(checkIp('f', text).map(({ message }) => message)).toEqual([
      `Invalid value: "${text}": ${complaint}`,
    ]);
  });

  it.each(['10.0.0.0/8', '0.0.0.0/0', 'fd00::/64', '10.1.2.3/32', '::/128'])('%s is a network', (text) => {
    expect(checkCidr('f', text)).toEqual([]);
  });

  const malformed = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

  it.each<[string, string]>([
    ['10.0.0.0', malformed],
    ['10.0.0.0/33', malformed],
    ['fd00::/129', malformed],
    ['/8', malformed],
    ['10.0.0.0/8/8', malformed],
    ['10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
    ['010.0.0.0/8', 'must not have leading 0s in IP or prefix length'],
    ['10.0.0.1/8', 'must not have bits set beyond the prefix length'],
    ['::ffff:10.0.0.0/112', 'must not have an IPv4-mapped IPv6 address'],
  ])('%s is no network', (text, complaint) => {
    expect(checkCidr('f', text).map(({ message }) => message)).toEqual([
      `Invalid value: "${text}": ${complaint}`,
    ]);
  });

  it('are best written the canonical way', () => {
    expect([
      ...ipWarnings('f', 'FD00::01'),
      ...ipWarnings('f', 'fd00::1'),
      ...ipWarnings('f', '10.0.0.1'),
    ]).toEqual(['f: IPv6 address "FD00::01" should be in RFC 5952 canonical format ("fd00::1")']);
    expect([...cidrWarnings('f', 'FD00::/8'), ...cidrWarnings('f', '10.0.0.0/8')]).toEqual([
      'f: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")',
    ]);
  });

  it.each([
    ['0.0.0.0', 'may not be unspecified (0.0.0.0)'],
    ['::', 'may not be unspecified (::)'],
    ['127.1.2.3', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ['::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ['169.254.169.254', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['fe80::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['224.0.0.1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
    ['ff02::1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ])('%s is no endpoint', (text, complaint) => {
    expect(checkNonSpecialIp('f', text)).toEqual([
      { type: 'FieldValueInvalid', field: 'f', message: `Invalid value: "${text}": ${complaint}` },
    ]);
  });

  it('of both families make a dual stack', () => {
    expect([isDualStack(['10.0.0.1', 'fd00::1']), isDualStack(['10.0.0.1', '10.0.0.2'])]).toEqual([
      true,
      false,
    ]);
    expect(isDualStack(['10.0.0.0/24', 'fd00::/64'])).toBe(true);
  });
});
