/**
 * IP addresses and networks as Kubernetes accepts them: canonical or not, but never with leading zeros in
 * IPv4 parts, never with a zone, and no IPv4 address in the shape of an IPv6 one.
 */
import { invalid } from '../api/field-errors.ts';
import type { FieldError } from '../api/status.ts';

export type IpFamily = 'IPv4' | 'IPv6';

/** Bytes of an address: 4 or 16 of them. Undefined when the text is no IP address. */
export function parseIp(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** The family of an address; undefined when the text is no IP address. */
export function ipFamily(text: string): IpFamily | undefined {
  if (parseIp(text) === undefined) return undefined;
  return text.includes(':') ? 'IPv6' : 'IPv4';
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
}

/** Bytes of groups between colons, the last of which may be an IPv4 address. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && group.includes('.')) {
      const last = parseIpv4(group);
      if (!last) return undefined;
      bytes.push(...last);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

/** The canonical text of 4 or 16 bytes (RFC 5952). */
export function ipText(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const { start, length } = longestZeros(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

/** A network: its first address and the number of leading bits. */
export interface Cidr {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** Undefined when the text is no network; bits may be set beyond its prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const bytes = parseIp(address);
  if (!bytes || rest.length > 0 || !/^(0|[1-9]\d*)$/.test(bits)) return undefined;
  return Number(bits) <= bytes.length * 8 ? { bytes, bits: Number(bits) } : undefined;
}

/** The byte at `index` of a mask of so many leading bits. */
export function maskByte(bits: number, index: number): number {
  const inByte = Math.min(8, Math.max(0, bits - 8 * index));
  return (0xff << (8 - inByte)) & 0xff;
}

/** An IPv4 address in the shape of an IPv6 one, which programs understand in different ways. */
function isMapped(bytes: readonly number[]): boolean {
  const zeros = bytes.slice(0, 10).every((byte) => byte === 0);
  return bytes.length === 16 && zeros && bytes[10] === 0xff && bytes[11] === 0xff;
}

function withoutLeadingZeros(text: string): string {
  return text.replace(/(^|[.:/])0+(\d+)(?=[./]|$)/g, '$1$2');
}

export function checkIp(field: string, text: string): FieldError[] {
  const bytes = parseIp(text);
  if (bytes) {
    return isMapped(bytes) ? [invalid(field, text, 'must not be an IPv4-mapped IPv6 address')] : [];
  }
  if (parseIp(withoutLeadingZeros(text))) return [invalid(field, text, 'must not have leading 0s')];
  return [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

export function checkCidr(field: string, text: string): FieldError[] {
  const cidr = parseCidr(text);
  if (!cidr) {
    const complaint = parseCidr(withoutLeadingZeros(text))
      ? 'must not have leading 0s in IP or prefix length'
      : 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    return [invalid(field, text, complaint)];
  }
  const { bytes, bits } = cidr;
  if (isMapped(bytes)) return [invalid(field, text, 'must not have an IPv4-mapped IPv6 address')];
  if (bytes.every((byte, index) => (byte & ~maskByte(bits, index)) === 0)) return [];
  return [invalid(field, text, 'must not have bits set beyond the prefix length')];
}

/** Addresses that make no sense as endpoints: unspecified, loopback, link-local. */
export function checkNonSpecialIp(field: string, text: string): FieldError[] {
  const bytes = parseIp(text);
  if (!bytes) return [invalid(field, text, 'must be a valid IP address')];
  const texts: string[] = [];
  const [first = 0, second = 0, third = 0] = bytes;
  const v4 = bytes.length === 4;
  if (bytes.every((byte) => byte === 0)) texts.push(`may not be unspecified (${text})`);
  if (v4 ? first === 127 : bytes.at(-1) === 1 && bytes.slice(0, -1).every((byte) => byte === 0)) {
    texts.push('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  }
  if (v4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) {
    texts.push('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  }
  if (v4 ? first === 224 && second === 0 && third === 0 : first === 0xff && (second & 0x0f) === 0x02) {
    texts.push('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
  return texts.map((complaint) => invalid(field, text, complaint));
}

/** True for two addresses (or networks) of different families. */
export function isDualStack(texts: readonly string[]): boolean {
  const families = texts.map((text) => ipFamily(text.split('/')[0] ?? ''));
  return families.includes('IPv4') && families.includes('IPv6');
}
