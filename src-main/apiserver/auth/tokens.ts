import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { newUid } from '@shared/lib/random.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { Store } from '../../store/store.ts';
import { objectOf, storeKey } from '../objects.ts';
import type { UserInfo } from '../request.ts';
import type { TokenAuthenticator, TokenUser } from './authenticator.ts';
import { legacyClaim, legacySecretHolds } from './legacy-tokens.ts';
import { serviceAccountGroups, serviceAccountUser } from './users.ts';

/** `iss` of bound tokens, and the audience of those who ask for none. */
export const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';
/** Issuer of tokens in Secrets of type `kubernetes.io/service-account-token`; they never end by themselves. */
const legacyIssuer = 'kubernetes/serviceaccount';

/** A token outlives a deleted object it is bound to by this much at most. */
const deletedGraceMs = 60_000;
/** A signature checked once need not be checked again for the next requests of the same client. */
const maxVerified = 2048;

/** An object by name and uid, as bound tokens carry it. */
export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

/** Of a pod's token; the uid is lacking where the node was. */
type NamedNode = Pick<BoundObject, 'name'> & Partial<BoundObject>;

/** What a token is to say. */
export interface TokenRequestFacts {
  readonly namespace: string;
  readonly serviceAccount: BoundObject;
  readonly pod?: BoundObject;
  readonly secret?: BoundObject;
  readonly node?: NamedNode;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** From when on its bearer should have read a new one. */
  readonly warnAfterSeconds?: number;
}

/** Makes and checks service-account tokens: ES256 JWTs bound to objects, which die with them. */
export interface ServiceAccountTokens extends TokenAuthenticator {
  /** Audience of tokens that name none. */
  readonly defaultAudience: string;
  issue(facts: TokenRequestFacts): Promise<string>;
  /** A token for a Secret of type `kubernetes.io/service-account-token`, good as long as that holds it. */
  issueLegacy(facts: { namespace: string; secret: string; serviceAccount: BoundObject }): Promise<string>;
  /** JSON Web Key Set with the public key. */
  keySet(): object;
}

interface TokenOptions {
  /** PEM (PKCS#8), EC P-256. */
  readonly privateKey: string;
  readonly store: Store;
  readonly clock: Clock;
}

/** The private claim of bound tokens. Source: Kubernetes, "Managing Service Accounts", bound token claims. */
export interface KubernetesClaim {
  readonly namespace: string;
  readonly serviceaccount: BoundObject;
  readonly pod?: BoundObject;
  readonly secret?: BoundObject;
  readonly node?: NamedNode;
  readonly warnafter?: number;
}

/** What a token says whose signature holds. */
interface Verified {
  readonly claim: KubernetesClaim;
  readonly legacy: boolean;
  readonly audiences: readonly string[];
  readonly jti: string | undefined;
  readonly notBeforeMs: number;
  readonly expiresAtMs: number;
}

/** Tokens signed by ES256 with the cluster's key. Those that hold are remembered by their text; the objects they are bound to are looked up every time. */
export function createTokens({ privateKey, store, clock }: TokenOptions): ServiceAccountTokens {
  const signingKey: KeyObject = createPrivateKey(privateKey);
  const verifyingKey: KeyObject = createPublicKey(signingKey);
  const kid = createHash('sha256')
    .update(verifyingKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  const verified = new Map<string, Verified>();

  return {
    defaultAudience: tokenIssuer,

    async issue({ namespace, serviceAccount, pod, secret, node, ...facts }) {
      const { SignJWT } = await import('jose');
      const now = Math.floor(clock.now() / 1000);
      const claim: KubernetesClaim = {
        namespace,
        serviceaccount: serviceAccount,
        ...(pod && { pod }),
        ...(secret && { secret }),
        ...(node && { node }),
        ...(facts.warnAfterSeconds !== undefined && { warnafter: now + facts.warnAfterSeconds }),
      };
      return new SignJWT({ 'kubernetes.io': claim })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(tokenIssuer)
        .setSubject(serviceAccountUser(namespace, serviceAccount.name))
        .setAudience([...facts.audiences])
        .setJti(newUid())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + facts.expirationSeconds)
        .sign(signingKey);
    },

    async issueLegacy({ namespace, secret, serviceAccount: { name, uid } }) {
      const { SignJWT } = await import('jose');
      const claims = {
        'kubernetes.io/serviceaccount/namespace': namespace,
        'kubernetes.io/serviceaccount/secret.name': secret,
        'kubernetes.io/serviceaccount/service-account.name': name,
        'kubernetes.io/serviceaccount/service-account.uid': uid,
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(legacyIssuer)
        .setSubject(serviceAccountUser(namespace, name))
        .sign(signingKey);
    },

    async verify(token, audiences) {
      const found = await check(token);
      if (!found) return undefined;
      const nowMs = clock.now();
      if (nowMs >= found.expiresAtMs || nowMs < found.notBeforeMs) return undefined;
      const fitting = audiences.filter((audience) => found.audiences.includes(audience));
      if (fitting.length === 0) return undefined;
      const live = found.legacy
        ? await legacySecretHolds({ store, nowMs }, found.claim, token)
        : await boundObjectsLive(store, found.claim, nowMs);
      return live ? tokenUser(found, fitting) : undefined;
    },

    keySet() {
      const { kty, crv, x, y } = verifyingKey.export({ format: 'jwk' });
      return { keys: [{ use: 'sig', kty, kid, crv, alg: 'ES256', x, y }] };
    },
  };

  async function check(token: string): Promise<Verified | undefined> {
    const known = verified.get(token);
    if (known) return known;
    const { errors, jwtVerify } = await import('jose');
    try {
      const currentDate = new Date(clock.now());
      const options = { issuer: [tokenIssuer, legacyIssuer], algorithms: ['ES256'], currentDate };
      const { payload } = await jwtVerify(token, verifyingKey, options);
      const found = read(payload as Readonly<Record<string, unknown>>);
      if (!found) return undefined;
      if (verified.size >= maxVerified) verified.clear();
      verified.set(token, found);
      return found;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}

/** Reads the claims of a token whose signature holds; undefined when they are not of our making. */
function read(payload: Readonly<Record<string, unknown>>): Verified | undefined {
  const { iss, aud, exp, nbf, jti } = payload;
  const legacy = iss === legacyIssuer;
  const claim = legacy ? legacyClaim(payload) : parseClaim(payload['kubernetes.io']);
  if (!claim || payload.sub !== serviceAccountUser(claim.namespace, claim.serviceaccount.name))
    return undefined;
  if (!legacy && typeof exp !== 'number') return undefined;
  const audiences = Array.isArray(aud)
    ? aud.filter((item) => typeof item === 'string')
    : typeof aud === 'string'
      ? [aud]
      : [];
  return {
    claim,
    legacy,
    audiences: legacy ? [tokenIssuer] : audiences,
    jti: typeof jti === 'string' ? jti : undefined,
    notBeforeMs: typeof nbf === 'number' ? nbf * 1000 : 0,
    expiresAtMs: typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY,
  };
}

function parseClaim(value: unknown): KubernetesClaim | undefined {
  const claim = value as Partial<KubernetesClaim> | undefined;
  if (typeof claim?.namespace !== 'string' || typeof claim.serviceaccount?.name !== 'string')
    return undefined;
  return claim as KubernetesClaim;
}

/** The service account, and what the token is bound to, must be there with the same uid. */
async function boundObjectsLive(store: Store, claim: KubernetesClaim, nowMs: number): Promise<boolean> {
  const { namespace, serviceaccount, pod, secret, node } = claim;
  const lives = async (kind: AnyKind, place: string, bound: NamedNode | undefined) => {
    if (!bound) return true;
    const entry = await store.get(storeKey(kind, place, bound.name));
    if (!entry) return false;
    const { uid, deletionTimestamp } = objectOf(entry).metadata;
    const deletedMs = deletionTimestamp === undefined ? undefined : parseTime(deletionTimestamp);
    return uid === bound.uid && (deletedMs === undefined || nowMs < deletedMs + deletedGraceMs);
  };
  // A pod's node may be gone while the pod goes on: the node in a pod's token is only a fact, not a condition.
  return (
    (await lives(serviceAccountKind, namespace, serviceaccount)) &&
    (await lives(podKind, namespace, pod)) &&
    (await lives(secretKind, namespace, secret)) &&
    (pod !== undefined || (await lives(nodeKind, '', node)))
  );
}

function tokenUser({ claim, legacy, jti }: Verified, audiences: readonly string[]): TokenUser {
  const { namespace, serviceaccount, pod, node } = claim;
  const fact = (name: string, value: string | undefined) =>
    value === undefined ? {} : { [`authentication.kubernetes.io/${name}`]: [value] };
  const extra = {
    ...fact('credential-id', jti === undefined ? undefined : `JTI=${jti}`),
    ...fact('node-name', node?.name),
    ...fact('node-uid', node?.uid),
    ...fact('pod-name', pod?.name),
    ...fact('pod-uid', pod?.uid),
  };
  const user: UserInfo = {
    name: serviceAccountUser(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: serviceAccountGroups(namespace),
    ...(!legacy && { extra }),
  };
  return { user, audiences };
}
