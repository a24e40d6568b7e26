import { ipText, parseCidr, parseIp } from './ip-address.ts';

/** An IPv6 address is best written the one way that RFC 5952 names. */
export function ipWarnings(field: string, text: string): string[] {
  const bytes = parseIp(text);
  if (bytes?.length !== 16 || ipText(bytes) === text) return [];
  const shown = JSON.stringify(text);
  return [
    `${field}: IPv6 address ${shown} should be in RFC 5952 canonical format (${JSON.stringify(ipText(bytes))})`,
  ];
}

/** So is an IPv6 network. */
export function cidrWarnings(field: string, text: string): string[] {
  const cidr = parseCidr(text);
  if (cidr?.bytes.length !== 16) return [];
  const canonical = `${ipText(cidr.bytes)}/${cidr.bits}`;
  if (canonical === text) return [];
  const shown = JSON.stringify(text);
  return [
    `${field}: IPv6 CIDR value ${shown} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
  ];
}
