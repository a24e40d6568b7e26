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

/** Source: Kubernetes, "Authenticating with Bootstrap Tokens", "Bootstrap Token Secret Format". */
export function readToken({ type, data, metadata }: DeepReadonly<Secret>): BootstrapToken | undefined {
  if (type !== 'bootstrap.kubernetes.io/token' || metadata?.namespace !== tokenNamespace) return undefined;
  const field = (name: string) => {
    const value = data?.[name];
    return value === undefined ? '' : new TextDecoder().decode(decodeBase64(value));
  };
  const [id, secret, expiration] = [field('token-id'), field('token-secret'), field('expiration')];
  const endsMs = expiration === '' ? undefined : (parseTime(expiration) ?? 0);
  const named = metadata.name === `bootstrap-token-${id}`;
  return { id, secret, signs: named && field('usage-bootstrap-signing') === 'true', endsMs };
}
