import { createHash } from 'node:crypto';
import type { TokenReview } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { TokenWebhookConfig } from '@shared/rpc/cluster-config.ts';
import type { TokenAuthenticator, TokenUser } from './authenticator.ts';
import { callIdentityService } from './https-json.ts';

interface WebhookParts {
  readonly config: TokenWebhookConfig;
  readonly clock: Clock;
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
export function createWebhookTokens({ config, clock, log }: WebhookParts): TokenAuthenticator {
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
        (user) => ({
          user,
          untilMs: clock.now() + (user ? keepMs : Math.min(keepMs, refusedSeconds * 1000)),
        }),
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
  config: TokenWebhookConfig,
  token: string,
  audiences: readonly string[],
): Promise<TokenUser | undefined> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
  const { ca, cert, key } = config;
  const { status: code, text } = await callIdentityService(config.url, {
    method: 'POST',
    body,
    ca,
    cert,
    key,
  });
  if (code < 200 || code > 299) throw new Error(`HTTP ${code}`);
  const { status } = JSON.parse(text) as Partial<TokenReview>;
  if (status?.authenticated !== true || typeof status.user?.username !== 'string') return undefined;
  const { username, uid, groups = [], extra } = status.user;
  // Who does not speak of audiences does not look at them: the token is for this server then.
  const fitting = status.audiences ? audiences.filter((item) => status.audiences?.includes(item)) : audiences;
  if (fitting.length === 0) return undefined;
  return {
    user: { name: username, groups, ...(uid && { uid }), ...(extra && { extra }) },
    audiences: fitting,
  };
}
