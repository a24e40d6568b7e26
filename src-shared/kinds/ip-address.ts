/**
 * IP addresses and networks as Kubernetes accepts them: canonical or not, but never with leading zeros in
 * IPv4 parts and never with a zone.
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

export function checkIp(field: string, text: string): FieldError[] {
  if (parseIp(text)) return [];
  return [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

export function checkIpOfFamily(field: string, text: string, family: IpFamily): FieldError[] {
  return ipFamily(text) === family ? [] : [invalid(field, text, `must be a valid ${family} address`)];
}

export function checkCidr(field: string, text: string): FieldError[] {
  const [ip = '', bits = '', ...rest] = text.split('/');
  const length = parseIp(ip)?.length;
  const valid =
    length !== undefined && rest.length === 0 && /^(0|[1-9]\d*)$/.test(bits) && Number(bits) <= length * 8;
  return valid
    ? []
    : [invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
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
