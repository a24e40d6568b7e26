import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';
import { register, registerLibrary, registerOpaque } from './define.ts';
import type { Sized } from './sizes.ts';

const ipName = 'net.IP';
const cidrName = 'net.CIDR';

/** The 32 or 128 bits of an address. */
function bitsOf(text: string): bigint {
  if (isIPv4(text)) return text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const middle = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...middle, ...after].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function textOf(bits: bigint, family: number): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - i * 16)) & 65535n).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

class Ip implements Sized {
  readonly family: number;
  readonly bits: bigint;

  constructor(bits: bigint, family: number) {
    this.bits = bits;
    this.family = family;
  }

  get celSize(): number {
    return this.family === 4 ? 4 : 16;
  }

  toString(): string {
    return textOf(this.bits, this.family);
  }
}

class Cidr implements Sized {
  readonly address: Ip;
  readonly prefix: number;

  constructor(address: Ip, prefix: number) {
    this.address = address;
    this.prefix = prefix;
  }

  get width(): number {
    return this.address.family === 4 ? 32 : 128;
  }

  get celSize(): number {
    return Math.ceil(this.prefix / 8);
  }

  masked(): Cidr {
    const shift = BigInt(this.width - this.prefix);
    return new Cidr(new Ip((this.address.bits >> shift) << shift, this.address.family), this.prefix);
  }

  holds({ family, bits }: Ip): boolean {
    const shift = BigInt(this.width - this.prefix);
    return family === this.address.family && bits >> shift === this.address.bits >> shift;
  }

  toString(): string {
    return `${this.address}/${this.prefix}`;
  }
}

/** Kubernetes takes no zones, no leading zeros and no IPv4 in IPv6. */
function isAddress(text: string): boolean {
  if (isIPv4(text)) return !/(^|\.)0\d/.test(text);
  return isIPv6(text) && !text.includes('%') && !text.includes('.');
}

function ip(text: string): Ip {
  if (!isAddress(text))
    throw new Error(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  return new Ip(bitsOf(text), isIP(text));
}

function splitCidr(text: string): { address: string; prefix: number } | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isAddress(address) || !/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  return Number(bits) <= (isIPv4(address) ? 32 : 128) ? { address, prefix: Number(bits) } : undefined;
}

function cidr(text: string): Cidr {
  const parts = splitCidr(text);
  if (!parts)
    throw new Error(
      `network address parse error during conversion from string: invalid CIDR ${JSON.stringify(text)}`,
    );
  return new Cidr(ip(parts.address), parts.prefix);
}

const ranges = {
  isLoopback: ['127.0.0.0/8', '::1/128'],
  isLinkLocalMulticast: ['224.0.0.0/24', 'ff02::/16'],
  isLinkLocalUnicast: ['169.254.0.0/16', 'fe80::/10'],
};
const multicast = ['224.0.0.0/4', 'ff00::/8'];

function blockOf(subnets: readonly string[]): BlockList {
  const block = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix = ''] = subnet.split('/');
    block.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return block;
}

const isIn = (block: BlockList) => (address: Ip) =>
  block.check(String(address), address.family === 4 ? 'ipv4' : 'ipv6');

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library, `…-cidr-library` */
export function networkFunctions(environment: Environment): void {
  registerOpaque(environment, ipName, Ip);
  registerOpaque(environment, cidrName, Cidr);
  const isMulticast = isIn(blockOf(multicast));
  const isUnspecified = ({ bits }: Ip) => bits === 0n;
  const isBroadcast = ({ bits, family }: Ip) => family === 4 && bits === 0xffffffffn;
  const tests = Object.fromEntries(
    Object.entries(ranges).map(([name, subnets]) => [`${ipName}.${name}(): bool`, isIn(blockOf(subnets))]),
  );
  const isLoopback = isIn(blockOf(ranges.isLoopback));
  const isLinkLocal = isIn(blockOf(ranges.isLinkLocalUnicast));
  registerLibrary(environment, 'ip', {
    'isCanonical(string): bool': (text: string) => String(ip(text)) === text,
  });
  register(environment, {
    ...tests,
    [`ip(string): ${ipName}`]: ip,
    'isIP(string): bool': isAddress,
    [`${ipName}.family(): int`]: ({ family }: Ip) => BigInt(family),
    [`${ipName}.isUnspecified(): bool`]: isUnspecified,
    [`${ipName}.isGlobalUnicast(): bool`]: (address: Ip) =>
      !isUnspecified(address) &&
      !isBroadcast(address) &&
      !isLoopback(address) &&
      !isMulticast(address) &&
      !isLinkLocal(address),
    [`string(${ipName}): string`]: String,
    [`cidr(string): ${cidrName}`]: cidr,
    'isCIDR(string): bool': (text: string) => splitCidr(text) !== undefined,
    [`${cidrName}.containsIP(string): bool`]: (range: Cidr, text: string) => range.holds(ip(text)),
    [`${cidrName}.containsIP(${ipName}): bool`]: (range: Cidr, address: Ip) => range.holds(address),
    [`${cidrName}.containsCIDR(string): bool`]: (range: Cidr, text: string) => holdsCidr(range, cidr(text)),
    [`${cidrName}.containsCIDR(${cidrName}): bool`]: holdsCidr,
    [`${cidrName}.ip(): ${ipName}`]: ({ address }: Cidr) => address,
    [`${cidrName}.masked(): ${cidrName}`]: (range: Cidr) => range.masked(),
    [`${cidrName}.prefixLength(): int`]: ({ prefix }: Cidr) => BigInt(prefix),
    [`string(${cidrName}): string`]: String,
  });
  environment.registerOperator(
    `${ipName} == ${ipName}`,
    (a: Ip, b: Ip) => a.bits === b.bits && a.family === b.family,
  );
  environment.registerOperator(`${cidrName} == ${cidrName}`, (a: Cidr, b: Cidr) => String(a) === String(b));
}

function holdsCidr(range: Cidr, other: Cidr): boolean {
  return other.prefix >= range.prefix && range.holds(other.address);
}
