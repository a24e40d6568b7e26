import type { Clock } from '@shared/lib/clock.ts';
import type { TokenAuthenticator } from '../authenticator.ts';
import { callIdentityService } from '../https-json.ts';
import type { JwtSettings } from './jwt-settings.ts';

interface JwtParts {
  readonly settings: JwtSettings;
  readonly clock: Clock;
  /** Audience of this server, for whoever asks whose token it is. */
  readonly audience: string;
  log(message: string, fields?: Record<string, unknown>): void;
}

type KeySource = ReturnType<typeof import('jose')['createRemoteJWKSet']>;

/** After a failure the issuer is asked again no sooner than this. */
const retryMs = 10_000;

/**
 * ID tokens of an OpenID Connect issuer. Its keys are fetched with the first token that names it and kept; a
 * token with an unknown key makes them be fetched again.
 * Source: Kubernetes, "Authenticating", "OpenID Connect Tokens".
 */
export function createJwtTokens({ settings, clock, audience, log }: JwtParts): TokenAuthenticator {
  const { issuerUrl, audiences: accepted, signingAlgorithms } = settings;
  let keys: Promise<KeySource> | undefined;
  let failedMs = Number.NEGATIVE_INFINITY;
  const source = () => {
    keys ??= loadKeys(settings).catch((error: unknown) => {
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
          audience: [...accepted],
          algorithms: [...signingAlgorithms],
          currentDate,
        };
        const { payload } = await jose.jwtVerify(token, await source(), options);
        const user = payload.exp === undefined ? undefined : settings.userOf(payload);
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

async function loadKeys({ issuerUrl, discoveryUrl, ca }: JwtSettings): Promise<KeySource> {
  const { createRemoteJWKSet, customFetch } = await import('jose');
  const url = discoveryUrl ?? `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
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
