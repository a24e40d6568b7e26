import { isIPv4, isIPv6 } from 'node:net';

/** `10.244.1.5` → `10-244-1-5`, `fd00::5` → `fd00--5`: how addresses stand in names. */
export const dashedAddress = (ip: string): string => ip.replace(/[.:]/g, '-');

/** Reads an address written with dashes; undefined when it is none. */
export function fromDashedAddress(text: string): string | undefined {
  const v4 = text.replaceAll('-', '.');
  if (isIPv4(v4)) return v4;
  const v6 = text.replaceAll('-', ':');
  return isIPv6(v6) ? v6 : undefined;
}

/** The address that a name below `in-addr.arpa` or `ip6.arpa` (RFC 1035, RFC 3596) stands for, when it is whole. */
export function addressOfReverseName(name: string): string | undefined {
  const labels = name.split('.');
  const [top, family] = [labels.at(-1), labels.at(-2)];
  if (top !== 'arpa') return undefined;
  const parts = labels.slice(0, -2).reverse();
  if (family === 'in-addr' && parts.length === 4) {
    const ip = parts.join('.');
    return isIPv4(ip) ? ip : undefined;
  }
  if (family === 'ip6' && parts.length === 32 && parts.every((part) => /^[0-9a-f]$/.test(part))) {
    const groups = Array.from({ length: 8 }, (_, index) => parts.slice(index * 4, index * 4 + 4).join(''));
    return canonicalIpv6(groups.join(':'));
  }
  return undefined;
}

/** Lower case, shortest form (RFC 5952), as addresses stand in Kubernetes objects. */
export function canonicalIpv6(ip: string): string {
  return new URL(`http://[${ip}]`).hostname.slice(1, -1);
}
