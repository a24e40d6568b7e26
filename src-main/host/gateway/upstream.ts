import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'node:https';
import type { ApiError } from '@shared/api/status.ts';

/** An API server as the gateway reaches it: with the administrator's client certificate. */
export interface Upstream {
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  /** The cluster's CA, by which a cluster made anew under the same name is told from the former one. */
  readonly ca: string;
  readonly agent: Agent;
}

/** A cluster's API server, or the answer that says why there is none. */
export type Reached = { readonly upstream: Upstream } | { readonly refusal: ApiError };

/** What opens an API server: PEM texts. */
export interface UpstreamAccess {
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function createUpstream({ cert, key, ...server }: UpstreamAccess): Upstream {
  const { ca } = server;
  return { ...server, agent: new Agent({ ca, cert, key, keepAlive: true, maxCachedSessions: 10 }) };
}

const dropped = new Set([
  'host',
  'connection',
  'cookie',
  'origin',
  'referer',
  'authorization',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'impersonate-user',
  'impersonate-group',
  'impersonate-uid',
]);

/** Headers that may pass on to the API server: no session, no browser's origin, nothing hop-by-hop. */
export function forwardHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isBrowserHint = name.startsWith('sec-') && !name.startsWith('sec-websocket-');
    if (value !== undefined && !dropped.has(name) && !isBrowserHint) kept[name] = value;
  }
  return kept;
}

/** Splits `/clusters/<name>/<path>?<query>`; undefined for anything else. */
export function parseClusterUrl(url: string): { cluster: string; path: string } | undefined {
  const match = /^\/clusters\/([a-z0-9]([-a-z0-9.]*[a-z0-9])?)(\/[^#]*)$/.exec(url);
  return match?.[1] && match[3] ? { cluster: match[1], path: match[3] } : undefined;
}
