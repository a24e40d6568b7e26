/** IP addresses and networks in the one form that newer fields accept (RFC 5952). */
import { invalid } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';
import { checkCidr, checkIp, parseIp } from '../ip-address.ts';

/** The canonical text of 4 or 16 bytes. */
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

/** An address in canonical form. */
export function checkStrictIp(field: string, text: string): FieldError[] {
  const bytes = parseIp(text);
  if (!bytes) return checkIp(field, text);
  if (isMapped(bytes)) return [invalid(field, text, 'must not be an IPv4-mapped IPv6 address')];
  const canonical = ipText(bytes);
  return text === canonical
    ? []
    : [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

/** A network in canonical form: an address, a slash and the number of leading bits, no bit set behind them. */
export function checkStrictCidr(field: string, text: string): FieldError[] {
  const errors = checkCidr(field, text);
  if (errors.length > 0) return errors;
  const { bytes, bits } = parseCidr(text);
  if (isMapped(bytes)) return [invalid(field, text, 'must not have an IPv4-mapped IPv6 address')];
  if (bytes.some((byte, index) => (byte & ~maskByte(bits, index)) !== 0)) {
    return [invalid(field, text, 'must not have bits set beyond the prefix length')];
  }
  const canonical = `${ipText(bytes)}/${bits}`;
  return text === canonical
    ? []
    : [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

/** Whether `inner` lies within `outer` and is smaller. Both must be well-formed. */
export function isStrictSubnet(inner: string, outer: string): boolean {
  const small = parseCidr(inner);
  const large = parseCidr(outer);
  if (small.bytes.length !== large.bytes.length || small.bits <= large.bits) return false;
  return large.bytes.every(
    (byte, index) => ((byte ^ (small.bytes[index] ?? 0)) & maskByte(large.bits, index)) === 0,
  );
}

function parseCidr(text: string): { readonly bytes: readonly number[]; readonly bits: number } {
  const [address = '', bits = ''] = text.split('/');
  return { bytes: parseIp(address) ?? [], bits: Number(bits) };
}

/** The byte at `index` of a mask of so many leading bits. */
function maskByte(bits: number, index: number): number {
  const inByte = Math.min(8, Math.max(0, bits - 8 * index));
  return (0xff << (8 - inByte)) & 0xff;
}

function isMapped(bytes: readonly number[]): boolean {
  return (
    bytes.length === 16 &&
    bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff
  );
}
