import type { Clock } from '@shared/lib/clock.ts';
import type { OidcConfig } from '@shared/rpc/cluster-config.ts';
import type { UserInfo } from '../request.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import { callIdentityService } from './https-json.ts';

interface OidcParts {
  readonly config: OidcConfig;
  readonly clock: Clock;
  /** Audience of this server, for whoever asks whose token it is. */
  readonly audience: string;
  log(message: string, fields?: Record<string, unknown>): void;
}

type Claims = Readonly<Record<string, unknown>>;
type KeySource = ReturnType<typeof import('jose')['createRemoteJWKSet']>;

/** After a failure the issuer is asked again no sooner than this. */
const retryMs = 10_000;

/**
 * ID tokens of an OpenID Connect issuer. Its keys are fetched with the first token that names it and kept; a
 * token with an unknown key makes them be fetched again.
 * Source: Kubernetes, "Authenticating", "OpenID Connect Tokens".
 */
export function createOidcTokens({ config, clock, audience, log }: OidcParts): TokenAuthenticator {
  const { issuerUrl, clientId, ca, signingAlgorithms = ['RS256'] } = config;
  let keys: Promise<KeySource> | undefined;
  let failedMs = Number.NEGATIVE_INFINITY;
  const source = () => {
    keys ??= loadKeys(issuerUrl, ca).catch((error: unknown) => {
      keys = undefined;
      failedMs = clock.now();
      throw error;
    });
    return keys;
  };
  return {
    async verify(token, audiences) {
      if (!audiences.includes(audience)) return undefined;
      const jose = await import('jose');
      try {
        if (jose.decodeJwt(token).iss !== issuerUrl) return undefined;
        if (!keys && clock.now() - failedMs < retryMs) return undefined;
        const currentDate = new Date(clock.now());
        const options = {
          issuer: issuerUrl,
          audience: clientId,
          algorithms: [...signingAlgorithms],
          currentDate,
        };
        const { payload } = await jose.jwtVerify(token, await source(), options);
        const user = payload.exp === undefined ? undefined : userOf(config, payload);
        return user && { user, audiences: [audience] };
      } catch (error) {
        if (!(error instanceof jose.errors.JOSEError) || error instanceof jose.errors.JWKSTimeout) {
          log('the OpenID Connect issuer could not be asked', { issuer: issuerUrl, error: String(error) });
        }
        return undefined;
      }
    },
  };
}

async function loadKeys(issuerUrl: string, ca: string | undefined): Promise<KeySource> {
  const { createRemoteJWKSet, customFetch } = await import('jose');
  const url = `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, text } = await callIdentityService(url, { ca });
  const document = (status === 200 ? JSON.parse(text) : {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (document.issuer !== issuerUrl || typeof document.jwks_uri !== 'string') {
    throw new Error(`${url} does not describe the issuer ${issuerUrl} (HTTP ${status})`);
  }
  return createRemoteJWKSet(new URL(document.jwks_uri), {
    [customFetch]: async (target: string) => {
      const answer = await callIdentityService(target, { ca });
      return new Response(answer.text, { status: answer.status });
    },
  });
}

/** The user a token's claims describe; undefined when they lack what is required. */
function userOf(config: OidcConfig, claims: Claims): UserInfo | undefined {
  const { issuerUrl, usernameClaim = 'sub', groupsClaim, groupsPrefix = '', requiredClaims = {} } = config;
  const name = claims[usernameClaim];
  if (typeof name !== 'string' || name === '') return undefined;
  if (usernameClaim === 'email' && claims.email_verified !== undefined && claims.email_verified !== true)
    return undefined;
  if (!Object.entries(requiredClaims).every(([claim, value]) => claims[claim] === value)) return undefined;
  const named = groupsClaim === undefined ? [] : claims[groupsClaim];
  const groups =
    typeof named === 'string' ? [named] : Array.isArray(named) ? named : named === undefined ? [] : undefined;
  if (!groups?.every((group) => typeof group === 'string')) return undefined;
  const standard = usernameClaim === 'email' ? '' : `${issuerUrl}#`;
  const prefix = config.usernamePrefix === '-' ? '' : (config.usernamePrefix ?? standard);
  const { jti } = claims;
  return {
    name: `${prefix}${name}`,
    groups: groups.map((group) => `${groupsPrefix}${group}`),
    ...(typeof jti === 'string' && {
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] },
    }),
  };
}
