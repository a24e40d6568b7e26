import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@shared/client/client.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { newUid } from '@shared/lib/random.ts';
import { rfc3339Micro } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

const durationSeconds = 3600;
/** Often enough for an hour's lease; Kubernetes writes every ten seconds. */
const renewMs = 10 * 60_000;
const namespace = 'kube-system';
const identityLabel = 'apiserver.kubernetes.io/identity';
const labels = { [identityLabel]: 'kube-apiserver', 'kubernetes.io/hostname': hostname() };

interface Publisher {
  readonly client: Client;
  readonly clock: Clock;
  log(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Says in a Lease of `kube-system` that this server serves the cluster, until disposed; takes away what servers that
 * are gone have left. Source: https://kubernetes.io/docs/concepts/architecture/leases/#api-server-identity
 */
export class IdentityLease implements Disposable {
  readonly #publisher: Publisher;
  readonly #name: string;
  readonly #holder: string;
  #timer: Disposable | undefined;
  #isDisposed = false;

  /** `address`: tells servers of one machine apart. */
  constructor(publisher: Publisher, address: string) {
    this.#publisher = publisher;
    const hash = createHash('sha256').update(`${hostname()} ${address}`).digest('hex');
    this.#name = `apiserver-${hash.slice(0, 26)}`;
    this.#holder = `${this.#name}_${newUid()}`;
  }

  async publish(): Promise<void> {
    const { client, clock } = this.#publisher;
    const { items } = await client.list(leaseKind, {
      namespace,
      labelSelector: `${identityLabel}=kube-apiserver`,
    });
    for (const { metadata, spec } of items) {
      const name = metadata?.name ?? '';
      if (name !== this.#name && isExpired(spec, clock.now()))
        await client.delete(leaseKind, { namespace, name });
    }
    const renewTime = rfc3339Micro(clock.now());
    const spec = { holderIdentity: this.#holder, leaseDurationSeconds: durationSeconds, renewTime };
    const metadata = { name: this.#name, namespace, labels };
    const known = items.find((item) => item.metadata?.name === this.#name);
    if (known) await client.update(leaseKind, { metadata: { ...known.metadata, ...metadata }, spec });
    else await client.create(leaseKind, { metadata, spec });
    if (!this.#isDisposed) this.#timer = clock.setTimer(renewMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      await this.publish();
    } catch (error) {
      if (this.#isDisposed) return;
      this.#publisher.log('the identity lease could not be renewed', { error: String(error) });
      this.#timer = this.#publisher.clock.setTimer(renewMs, () => void this.#renew());
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
  }
}

function isExpired(
  spec: DeepReadonly<{ renewTime?: unknown; leaseDurationSeconds?: number }> | undefined,
  nowMs: number,
): boolean {
  const renewed = Date.parse(String(spec?.renewTime ?? ''));
  return !(renewed + (spec?.leaseDurationSeconds ?? 0) * 1000 > nowMs);
}
