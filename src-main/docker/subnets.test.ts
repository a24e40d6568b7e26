import { describe, expect, it } from 'vitest';
import { addressIn, freeSubnets, overlaps, parseProcNetRoute, parseSubnet } from './subnets.ts';

function subnet(text: string) {
  const parsed = parseSubnet(text);
  if (!parsed) throw new Error(`${text} is no subnet`);
  return parsed;
}
const first = (...taken: string[]) => freeSubnets(taken.map(subnet)).next().value;

describe('subnets', () => {
  it('parses IPv4 ranges and nothing else', () => {
    expect(addressIn(subnet('172.30.1.77/24'), 1)).toBe('172.30.1.1');
    expect(addressIn(subnet('255.255.255.0/24'), 255)).toBe('255.255.255.255');
    for (const text of ['', '172.30.1.0', '172.30.256.0/24', '172.30.1.0/33', 'fd00::/64'])
      expect(parseSubnet(text)).toBeUndefined();
  });

  it('overlap when one contains the other, either way round', () => {
    expect(overlaps(subnet('172.16.0.0/12'), subnet('172.30.1.0/24'))).toBe(true);
    expect(overlaps(subnet('172.30.1.128/25'), subnet('172.30.1.0/24'))).toBe(true);
    expect(overlaps(subnet('172.30.1.0/24'), subnet('172.30.2.0/24'))).toBe(false);
    expect(overlaps(subnet('0.0.0.0/0'), subnet('10.0.0.0/8'))).toBe(true);
  });

  it('are chosen clear of what is taken, and run out in the end', () => {
    expect(first()).toBe('172.30.1.0/24');
    expect(first('172.30.1.0/24', '172.30.2.0/25')).toBe('172.30.3.0/24');
    expect(first('172.30.0.0/16')).toBe('172.29.1.0/24');
    expect(first('172.16.0.0/12')).toBe('10.213.1.0/24');
    expect(first('0.0.0.0/0')).toBeUndefined();
  });

  it('are read from the kernel’s table, without the default route', () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'tun0\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
      '',
    ].join('\n');
    expect(parseProcNetRoute(table)).toEqual([subnet('192.0.2.0/24'), subnet('172.30.0.0/16')]);
  });
});
