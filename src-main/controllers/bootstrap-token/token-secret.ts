import type { Secret } from '@shared/kinds/wire.ts';
import { decodeBase64 } from '@shared/lib/base64.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export const tokenNamespace = 'kube-system';

/** A bootstrap token as its Secret says. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  readonly signs: boolean;
  /** Undefined: never. An expiration nobody can read has passed. */
  readonly endsMs: number | undefined;
}

/** Whether a Secret is meant to be one. */
export function isToken({ type, metadata }: DeepReadonly<Secret>): boolean {
  return type === 'bootstrap.kubernetes.io/token' && metadata?.namespace === tokenNamespace;
}

/** Source: Kubernetes, "Authenticating with Bootstrap Tokens", "Bootstrap Token Secret Format". */
export function readToken(token: DeepReadonly<Secret>): BootstrapToken | undefined {
  const { data, metadata } = token;
  if (!isToken(token)) return undefined;
  const field = (name: string) => {
    const value = data?.[name];
    return value === undefined ? '' : new TextDecoder().decode(decodeBase64(value));
  };
  const [id, secret, expiration] = [field('token-id'), field('token-secret'), field('expiration')];
  const endsMs = expiration === '' ? undefined : (parseTime(expiration) ?? 0);
  const named = metadata?.name === `bootstrap-token-${id}`;
  return { id, secret, signs: named && field('usage-bootstrap-signing') === 'true', endsMs };
}
