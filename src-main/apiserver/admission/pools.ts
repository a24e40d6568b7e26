import { assert } from '@shared/lib/assert.ts';

/** Numbered things of which some are taken. */
export interface Pool {
  readonly size: number;
  at(offset: number): string;
  taken(item: string): Promise<boolean>;
}

const randomTries = 16;

/** A free item: a random one if a few tries find it, else the first free one; undefined when all are taken. */
export async function pick(pool: Pool): Promise<string | undefined> {
  for (let attempt = 0; attempt < randomTries; attempt++) {
    const item = pool.at(Math.floor(Math.random() * pool.size));
    if (!(await pool.taken(item))) return item;
  }
  for (let offset = 0; offset < pool.size; offset++) {
    const item = pool.at(offset);
    if (!(await pool.taken(item))) return item;
  }
  return undefined;
}

/** An IPv4 network from which services get their addresses. */
export interface AddressRange {
  readonly cidr: string;
  /** Usable addresses, the network's own (offset 0) included, its broadcast address not. */
  readonly size: number;
  /** Offsets below this are only handed out by name (the API server, DNS), as in Kubernetes. */
  readonly reserved: number;
  address(offset: number): string;
}

export function parseRange(cidr: string): AddressRange {
  const [network = '', bits = ''] = cidr.split('/');
  const base = toNumber(network);
  const prefix = Number(bits);
  assert(base !== undefined && prefix >= 8 && prefix <= 30, `${cidr} is an IPv4 network`);
  const size = 2 ** (32 - prefix) - 1;
  const reserved = Math.max(1, Math.min(Math.max(16, Math.floor((size + 1) / 16)), 256, size - 1));
  return { cidr, size, reserved, address: (offset) => toText(base + offset) };
}

/** Whether an address may be given to a service: inside the network, neither its first nor its last address. */
export function contains(range: AddressRange, address: string): boolean {
  const number = toNumber(address);
  const base = toNumber(range.address(0));
  return number !== undefined && base !== undefined && number > base && number < base + range.size;
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
