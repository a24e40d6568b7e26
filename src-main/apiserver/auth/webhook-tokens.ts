import { createHash } from 'node:crypto';
import type { TokenReview } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { Remembered } from '@shared/lib/remembered.ts';
import type { TokenWebhookConfig } from '@shared/rpc/cluster-config.ts';
import type { TokenAuthenticator, TokenUser } from './authenticator.ts';
import { callIdentityService } from './https-json.ts';

interface WebhookParts {
  readonly config: TokenWebhookConfig;
  readonly clock: Clock;
  /** Audience of this server: that of tokens whose service says nothing of audiences. */
  readonly audience: string;
  log(message: string, fields?: Record<string, unknown>): void;
}

const defaultSeconds = 120;
/** A token that did not hold may be put right soon. */
const refusedSeconds = 10;
const maxKept = 4096;

/**
 * Tokens that another service knows: it is sent a TokenReview. Answers are kept for a while; equal questions at
 * the same time are one. Source: Kubernetes, "Authenticating", "Webhook Token Authentication".
 */
export function createWebhookTokens({ config, clock, audience, log }: WebhookParts): TokenAuthenticator {
  const keepMs = (config.cacheSeconds ?? defaultSeconds) * 1000;
  const users = new Remembered<TokenUser | undefined>(clock, maxKept);
  return {
    verify(token, audiences) {
      const key = createHash('sha256')
        .update(`${audiences.join('\n')}\n\n${token}`)
        .digest('base64');
      return users.get(key, async () => {
        try {
          const value = userOf(await ask(config, token, audiences), audiences, audience);
          return { value, forMs: value ? keepMs : Math.min(keepMs, refusedSeconds * 1000) };
        } catch (error) {
          log('the token webhook could not be asked', { url: config.url, error: String(error) });
          return { value: undefined, forMs: 0 };
        }
      });
    },
  };
}

async function ask(
  { url, ca, cert, key }: TokenWebhookConfig,
  token: string,
  audiences: readonly string[],
): Promise<TokenReview['status']> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
  const answer = await callIdentityService(url, { method: 'POST', body, ca, cert, key });
  if (answer.status < 200 || answer.status > 299) throw new Error(`HTTP ${answer.status}`);
  return (JSON.parse(answer.text) as Partial<TokenReview>).status;
}

/** Whom the token speaks for, where it does so for one of the audiences at least. */
function userOf(
  status: TokenReview['status'],
  audiences: readonly string[],
  ownAudience: string,
): TokenUser | undefined {
  if (status?.authenticated !== true || typeof status.user?.username !== 'string') return undefined;
  const told = status.audiences?.length ? status.audiences : [ownAudience];
  const fitting = audiences.filter((audience) => told.includes(audience));
  if (fitting.length === 0) return undefined;
  const { username, uid, groups = [], extra } = status.user;
  return {
    user: { name: username, groups, ...(uid && { uid }), ...(extra && { extra }) },
    audiences: fitting,
  };
}
