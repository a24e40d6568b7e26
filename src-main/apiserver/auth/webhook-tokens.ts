import { createHash } from 'node:crypto';
import type { TokenReview } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
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

interface Answer {
  readonly untilMs: number;
  readonly user: TokenUser | undefined;
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
  const kept = new Map<string, Promise<Answer>>();
  return {
    async verify(token, audiences) {
      const key = createHash('sha256')
        .update(`${audiences.join('\n')}\n\n${token}`)
        .digest('base64');
      const known = await kept.get(key);
      if (known && clock.now() < known.untilMs) return known.user;
      if (kept.size >= maxKept) kept.clear();
      const asked = ask(config, token, audiences).then(
        (review) => {
          const user = userOf(review, audiences, audience);
          return { user, untilMs: clock.now() + (user ? keepMs : Math.min(keepMs, refusedSeconds * 1000)) };
        },
        (error: unknown) => {
          log('the token webhook could not be asked', { url: config.url, error: String(error) });
          return { user: undefined, untilMs: 0 };
        },
      );
      kept.set(key, asked);
      return (await asked).user;
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
