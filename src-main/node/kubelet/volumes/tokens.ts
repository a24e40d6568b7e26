import type { Client } from '@shared/client/client.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { TokenRequest } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { parseTime } from '@shared/lib/time.ts';
import { type TokenSource, VolumeError } from './volume.ts';

interface Token {
  readonly text: string;
  readonly refreshAtMs: number;
}

/** Tokens from the API's TokenRequest, bound to their pod, renewed at 80 % of their life or after a day. */
export class ServiceAccountTokens implements TokenSource {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async token({ pod, audience, expirationSeconds }: Parameters<TokenSource['token']>[0]): Promise<string> {
    const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
    const account = pod.spec?.serviceAccountName ?? 'default';
    const key = [uid, account, audience ?? '', expirationSeconds].join('\n');
    const known = this.#tokens.get(key);
    const nowMs = this.#clock.now();
    if (known && nowMs < known.refreshAtMs) return known.text;
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    try {
      const answer = (await this.#client.post(
        serviceAccountKind,
        { namespace, name: account },
        'token',
        body,
      )) as TokenRequest;
      const text = answer.status?.token ?? '';
      const lifeMs =
        (parseTime(answer.status?.expirationTimestamp ?? '') ?? nowMs + expirationSeconds * 1000) - nowMs;
      this.#tokens.set(key, { text, refreshAtMs: nowMs + Math.min(lifeMs * 0.8, 24 * 3_600_000) });
      return text;
    } catch (error) {
      // A server out of reach does not take a working token away.
      if (known) return known.text;
      throw new VolumeError(
        `failed to fetch token: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  forget(podUid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${podUid}\n`)) this.#tokens.delete(key);
  }
}
