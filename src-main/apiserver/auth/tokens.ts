import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { newUid } from '@shared/lib/random.ts';
import type { Store } from '../../store/store.ts';
import { objectOf, storeKey } from '../objects.ts';
import type { UserInfo } from '../request.ts';
import type { TokenAuthenticator } from './authenticator.ts';

export const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';

/** An object by name and uid, as bound tokens carry it. */
export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

export interface TokenRequestFacts {
  readonly namespace: string;
  readonly serviceAccount: BoundObject;
  readonly pod?: BoundObject;
  readonly secret?: BoundObject;
  readonly node?: BoundObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** Makes and checks service-account tokens: ES256 JWTs bound to objects, which die with them. */
export interface ServiceAccountTokens extends TokenAuthenticator {
  /** Audience of tokens that name none. */
  readonly defaultAudience: string;
  issue(facts: TokenRequestFacts): Promise<{ token: string; expiresAtMs: number }>;
}

interface TokenOptions {
  /** PEM (PKCS#8), EC P-256. */
  readonly privateKey: string;
  readonly store: Store;
  readonly clock: Clock;
}

/** The private claim of bound tokens. Source: Kubernetes, "Managing Service Accounts", bound token claims. */
interface KubernetesClaim {
  readonly namespace: string;
  readonly serviceaccount: BoundObject;
  readonly pod?: BoundObject;
  readonly secret?: BoundObject;
  readonly node?: BoundObject;
}

export function createTokens({ privateKey, store, clock }: TokenOptions): ServiceAccountTokens {
  const signingKey: KeyObject = createPrivateKey(privateKey);
  const verifyingKey: KeyObject = createPublicKey(signingKey);

  return {
    defaultAudience: tokenIssuer,

    async issue({ namespace, serviceAccount, pod, secret, node, audiences, expirationSeconds }) {
      const { SignJWT } = await import('jose');
      const now = Math.floor(clock.now() / 1000);
      const claim: KubernetesClaim = {
        namespace,
        serviceaccount: serviceAccount,
        ...(pod && { pod }),
        ...(secret && { secret }),
        ...(node && { node }),
      };
      const token = await new SignJWT({ 'kubernetes.io': claim })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(tokenIssuer)
        .setSubject(`system:serviceaccount:${namespace}:${serviceAccount.name}`)
        .setAudience([...audiences])
        .setJti(newUid())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + expirationSeconds)
        .sign(signingKey);
      return { token, expiresAtMs: (now + expirationSeconds) * 1000 };
    },

    async verify(token) {
      const claim = await verifiedClaim(token);
      return claim && (await boundObjectsLive(store, claim)) ? userOf(claim) : undefined;
    },
  };

  async function verifiedClaim(token: string): Promise<KubernetesClaim | undefined> {
    const { errors, jwtVerify } = await import('jose');
    try {
      const options = {
        issuer: tokenIssuer,
        audience: tokenIssuer,
        algorithms: ['ES256'],
        currentDate: new Date(clock.now()),
      };
      const { payload } = await jwtVerify(token, verifyingKey, options);
      return parseClaim(payload['kubernetes.io']);
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}

function parseClaim(value: unknown): KubernetesClaim | undefined {
  const claim = value as Partial<KubernetesClaim> | undefined;
  if (typeof claim?.namespace !== 'string' || typeof claim.serviceaccount?.name !== 'string')
    return undefined;
  return claim as KubernetesClaim;
}

/** The service account, and what the token is bound to, must be there with the same uid. */
async function boundObjectsLive(store: Store, claim: KubernetesClaim): Promise<boolean> {
  const { namespace, serviceaccount, pod, secret, node } = claim;
  const lives = async (kind: AnyKind, place: string, bound: BoundObject | undefined) => {
    if (!bound) return true;
    const entry = await store.get(storeKey(kind, place, bound.name));
    return entry !== undefined && objectOf(entry).metadata.uid === bound.uid;
  };
  return (
    (await lives(serviceAccountKind, namespace, serviceaccount)) &&
    (await lives(podKind, namespace, pod)) &&
    (await lives(secretKind, namespace, secret)) &&
    (await lives(nodeKind, '', node))
  );
}

function userOf({ namespace, serviceaccount, pod, node }: KubernetesClaim): UserInfo {
  const fact = (name: string, value: string | undefined) =>
    value === undefined ? {} : { [`authentication.kubernetes.io/${name}`]: [value] };
  return {
    name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: {
      ...fact('pod-name', pod?.name),
      ...fact('pod-uid', pod?.uid),
      ...fact('node-name', node?.name),
      ...fact('node-uid', node?.uid),
    },
  };
}
