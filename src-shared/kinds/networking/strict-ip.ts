/** IP addresses and networks in the one form that newer fields accept (RFC 5952). */
import { invalid } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';
import { checkCidr, checkIp, ipText, maskByte, parseCidr, parseIp } from '../ip-address.ts';

/** An address in canonical form. */
export function checkStrictIp(field: string, text: string): FieldError[] {
  const errors = checkIp(field, text);
  return errors.length > 0 ? errors : checkCanonical(field, text, ipText(parseIp(text) ?? []));
}

/** A network in canonical form: an address, a slash and the number of leading bits, no bit set behind them. */
export function checkStrictCidr(field: string, text: string): FieldError[] {
  const errors = checkCidr(field, text);
  const cidr = parseCidr(text);
  if (errors.length > 0 || !cidr) return errors;
  return checkCanonical(field, text, `${ipText(cidr.bytes)}/${cidr.bits}`);
}

function checkCanonical(field: string, text: string, canonical: string): FieldError[] {
  if (text === canonical) return [];
  return [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

/** Whether `inner` lies within `outer` and is smaller. Both must be well-formed. */
export function isStrictSubnet(inner: string, outer: string): boolean {
  const small = parseCidr(inner);
  const large = parseCidr(outer);
  if (!small || !large || small.bytes.length !== large.bytes.length || small.bits <= large.bits) return false;
  return large.bytes.every(
    (byte, index) => ((byte ^ (small.bytes[index] ?? 0)) & maskByte(large.bits, index)) === 0,
  );
}
