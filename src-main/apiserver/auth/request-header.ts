import type { UserInfo } from '../request.ts';
import { headerValues, unescapeKey } from './impersonation-headers.ts';

/** Front proxies: who may speak for others, and in which headers. */
export interface RequestHeaderOptions {
  /** PEM: signs the proxies' client certificates. */
  readonly ca: string;
  /** PEM: signs users' certificates; the same as `ca` where there is only one authority. */
  readonly clientCa: string;
  /** Common names of proxies; empty: any with a certificate of `ca`. */
  readonly allowedNames: readonly string[];
}

/** Names in `extension-apiserver-authentication`, for whoever stands behind this server as it behind others. */
const requestHeaderNames = {
  username: 'X-Remote-User',
  uid: 'X-Remote-Uid',
  group: 'X-Remote-Group',
  extraPrefix: 'X-Remote-Extra-',
};

/**
 * The user a front proxy names, or undefined when it names none.
 * Source: Kubernetes, "Authenticating", "Authenticating Proxy".
 */
export function requestHeaderUser(rawHeaders: readonly string[]): UserInfo | undefined {
  const values = headerValues(rawHeaders);
  const of = (name: string) => values.get(name.toLowerCase()) ?? [];
  const name = of(requestHeaderNames.username)[0];
  if (!name) return undefined;
  const prefix = requestHeaderNames.extraPrefix.toLowerCase();
  const extra: Record<string, readonly string[]> = {};
  for (const [header, found] of values) {
    if (header.startsWith(prefix)) extra[unescapeKey(header.slice(prefix.length))] = found;
  }
  const uid = of(requestHeaderNames.uid)[0];
  const hasExtra = Object.keys(extra).length > 0;
  return { name, groups: of(requestHeaderNames.group), ...(uid && { uid }), ...(hasExtra && { extra }) };
}
