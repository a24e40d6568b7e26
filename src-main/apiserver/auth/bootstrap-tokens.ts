import { timingSafeEqual } from 'node:crypto';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import type { Secret } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Store } from '../../store/store.ts';
import { objectOf, storeKey } from '../objects.ts';
import type { TokenAuthenticator } from './authenticator.ts';

const type = 'bootstrap.kubernetes.io/token';
const shape = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const extraGroup = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const defaultGroup = 'system:bootstrappers';

/**
 * Tokens `id.secret` with which nodes join: each is a Secret `bootstrap-token-<id>` in kube-system.
 * Source: Kubernetes, "Authenticating with Bootstrap Tokens".
 */
export function createBootstrapTokens(store: Store, clock: Clock, audience: string): TokenAuthenticator {
  return {
    async verify(token, audiences) {
      const [, id, secret] = shape.exec(token) ?? [];
      if (id === undefined || secret === undefined || !audiences.includes(audience)) return undefined;
      const entry = await store.get(storeKey(secretKind, 'kube-system', `bootstrap-token-${id}`));
      const groups = entry && groupsOf(objectOf<Secret>(entry), { id, secret }, clock.now());
      return groups && { user: { name: `system:bootstrap:${id}`, groups }, audiences: [audience] };
    },
  };
}

/** The groups a token gives, or undefined when it does not hold. */
function groupsOf(
  { type: actualType, data, metadata }: DeepReadonly<Secret>,
  token: { readonly id: string; readonly secret: string },
  nowMs: number,
): string[] | undefined {
  if (actualType !== type || metadata?.deletionTimestamp !== undefined) return undefined;
  const field = (name: string) => Buffer.from(data?.[name] ?? '', 'base64').toString('utf8');
  if (field('token-id') !== token.id || !sameSecret(field('token-secret'), token.secret)) return undefined;
  if (field('usage-bootstrap-authentication') !== 'true') return undefined;
  const expiration = field('expiration');
  const endsMs = parseTime(expiration);
  if (expiration !== '' && (endsMs === undefined || nowMs >= endsMs)) return undefined;
  const further = field('auth-extra-groups')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return further.every((name) => extraGroup.test(name)) ? [defaultGroup, ...further] : undefined;
}

function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
