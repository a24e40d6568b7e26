import { isReason } from '@shared/api/status.ts';
import type { Client } from '@shared/client/client.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import type { Node } from '@shared/kinds/wire.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import { stableStringify } from '@shared/lib/json.ts';
import { rfc3339Micro } from '@shared/lib/time.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import type { NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { readMachineState } from './machine.ts';
import {
  type MachineFacts,
  newNode,
  nodeAnnotations,
  nodeLabels,
  nodeStatus,
  nodeStatusPatch,
} from './node-status.ts';

export interface RegistrationOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly config: NodeAgentConfig;
  readonly facts: MachineFacts;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** A status that has not changed is written this often. */
const statusMs = 5 * 60_000;
const checkMs = 10_000;
/** While the node is not ready, so that it is announced at once when it is. */
const checkUnreadyMs = 200;
const leaseMs = 10_000;
const leaseDurationSeconds = 40;
const leaseNamespace = 'kube-node-lease';

/**
 * Registers the node and keeps its status and its lease until `signal` aborts. A Node that somebody deleted
 * comes back; failures are logged and tried again.
 */
export async function runRegistration(options: RegistrationOptions, signal: AbortSignal): Promise<void> {
  let registered: () => void = () => undefined;
  const isRegistered = new Promise<void>((resolve) => {
    registered = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // The lease names the node as its owner, so it comes second.
  await Promise.all([
    keepStatus(options, registered, signal),
    isRegistered.then(() => keepLease(options, signal)),
  ]);
}

async function keepStatus(
  options: RegistrationOptions,
  registered: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = options;
  let node: DeepReadonly<Node> | undefined;
  let writtenMs = Number.NEGATIVE_INFINITY;
  let isReady = false;
  while (!signal.aborted) {
    try {
      // Looked at anew: while this node was out of reach, the control plane may have declared it lost.
      node = node ? await present(options) : await register(options);
      registered();
      const state = await readMachineState(options.facts, options.runtime);
      const status = nodeStatus({ ...options, state, nowMs: clock.now() }, node.status);
      isReady = state.notReady === undefined;
      const isDue = clock.now() - writtenMs >= statusMs || summary(status) !== summary(node.status);
      if (isDue) {
        const body = { metadata: { uid: node.metadata?.uid }, status: nodeStatusPatch(status, node.status) };
        node = await options.client.patch(
          nodeKind,
          { name: options.config.nodeName },
          { type: 'merge', body },
          { subresource: 'status', signal },
        );
        writtenMs = clock.now();
      }
    } catch (error) {
      if (signal.aborted) return;
      log('writing the node status failed', { error: String(error) });
      node = undefined;
    }
    await sleep(clock, isReady && node ? checkMs : node ? checkUnreadyMs : 1000, signal).catch(
      () => undefined,
    );
  }
}

/** All of a status but the times of its heartbeats. */
function summary(status: DeepReadonly<Node>['status']): string {
  const conditions = status?.conditions?.map(({ lastHeartbeatTime: _, ...condition }) => condition);
  return stableStringify({ ...status, conditions } as Json);
}

/** The Node as it is on the server, registered again if somebody deleted it. */
async function present(options: RegistrationOptions): Promise<DeepReadonly<Node>> {
  try {
    return await options.client.get<Node>(nodeKind, { name: options.config.nodeName });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    return register(options);
  }
}

/** The Node as it is on the server, made or brought up to date. */
async function register({ client, config, facts }: RegistrationOptions): Promise<DeepReadonly<Node>> {
  const ref = { name: config.nodeName };
  const fresh = newNode(config, facts);
  try {
    const body = {
      metadata: { labels: nodeLabels(config, facts), annotations: nodeAnnotations(config) },
    };
    const present = await client.patch<Node>(nodeKind, ref, { type: 'merge', body });
    if (present.spec?.podCIDR) return present;
    return await client.patch<Node>(nodeKind, ref, { type: 'merge', body: { spec: fresh.spec } });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    return client.create<Node>(nodeKind, fresh);
  }
}

async function keepLease(
  { client, clock, config, log }: RegistrationOptions,
  signal: AbortSignal,
): Promise<void> {
  const ref = { namespace: leaseNamespace, name: config.nodeName };
  while (!signal.aborted) {
    let delayMs = leaseMs;
    try {
      const spec = {
        holderIdentity: config.nodeName,
        leaseDurationSeconds,
        renewTime: rfc3339Micro(clock.now()),
      };
      await client
        .patch(leaseKind, ref, { type: 'merge', body: { spec } }, { signal })
        .catch(async (error: unknown) => {
          if (!isReason(error, 'NotFound')) throw error;
          const ownerReferences = await ownerOf(client, config.nodeName);
          await client.create(leaseKind, {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { ...ref, ownerReferences },
            spec,
          });
        });
    } catch (error) {
      if (signal.aborted) return;
      log('renewing the node lease failed', { error: String(error) });
      delayMs = 1000;
    }
    await sleep(clock, delayMs, signal).catch(() => undefined);
  }
}

/** The lease goes when the node goes. */
async function ownerOf(client: Client, nodeName: string) {
  const node = await client.get(nodeKind, { name: nodeName });
  return [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata?.uid ?? '' }];
}
