/** An IPv4 range: first address and mask, both as unsigned 32-bit numbers. */
export interface Subnet {
  readonly base: number;
  readonly mask: number;
}

/** Parses `a.b.c.d/n`; undefined for anything else, IPv6 included. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits > 32) return undefined;
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return { base: (((a << 24) | (b << 16) | (c << 8) | d) & mask) >>> 0, mask };
}

/** Whether two ranges share an address. */
export function overlaps(a: Subnet, b: Subnet): boolean {
  const mask = (a.mask & b.mask) >>> 0;
  return (a.base & mask) >>> 0 === (b.base & mask) >>> 0;
}

/** The `index`-th address of a range as text; 1 is the customary gateway. */
export function addressIn(subnet: Subnet, index: number): string {
  const value = subnet.base + index;
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

/**
 * Ranges in Linux' `/proc/net/route` (addresses in hexadecimal, host byte order), without default routes: those
 * reach everything and rule nothing out.
 */
export function parseProcNetRoute(text: string): Subnet[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, destination, , , , , , mask]) =>
      destination && mask
        ? [{ base: swapBytes(Number.parseInt(destination, 16)), mask: swapBytes(Number.parseInt(mask, 16)) }]
        : [],
    )
    .filter((subnet) => subnet.mask !== 0);
}

function swapBytes(value: number): number {
  return (((value & 255) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/**
 * Subnets for node networks in order of preference: 172.30.1.0/24 … 172.30.254.0/24, then parts of 172.29, 172.28,
 * 10.213 and 192.168. None overlaps `taken`.
 */
export function* freeSubnets(taken: readonly Subnet[]): Generator<string> {
  for (const prefix of ['172.30', '172.29', '172.28', '10.213', '192.168']) {
    for (let third = 1; third < 255; third++) {
      const text = `${prefix}.${third}.0/24`;
      const subnet = parseSubnet(text);
      if (subnet && !taken.some((other) => overlaps(subnet, other))) yield text;
    }
  }
}
