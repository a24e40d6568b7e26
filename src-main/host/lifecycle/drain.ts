import { setTimeout as delay } from 'node:timers/promises';
import { isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { type Client, refOf } from '@shared/client/client.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { AppError } from '@shared/lib/app-error.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { StepReporter } from '../operations/operations.ts';
import { adminClient } from './admin-client.ts';

const patienceMs = 60_000;
const pollMs = 250;

interface Progress {
  readonly reporter: StepReporter;
  readonly signal: AbortSignal;
}

/** Keeps new pods off a node. True when it took some before: {@link uncordonNode} then makes that undone. */
export async function cordonNode(clusterDir: string, node: string): Promise<boolean> {
  let tookPods = false;
  await withAdmin(clusterDir, async (client) => {
    tookPods = !(await client.get(nodeKind, { name: node })).spec?.unschedulable;
    await setSchedulable(client, node, false);
  });
  return tookPods;
}

/**
 * Evicts a cordoned node's pods with their grace, so that their controllers make them anew elsewhere; pods without a
 * controller are lost and named in the log. Pods of DaemonSets stay and go with the node. After a minute
 * pods that have not ended are left behind; AppError `Busy` when a disruption budget keeps some from being evicted.
 */
export async function drainNode(clusterDir: string, node: string, progress: Progress): Promise<void> {
  await withAdmin(clusterDir, (client) => evictAll(client, node, progress));
}

/** Lets pods come to the node again: for a removal that did not come to its end. */
export async function uncordonNode(clusterDir: string, node: string): Promise<void> {
  await withAdmin(clusterDir, (client) => setSchedulable(client, node, true));
}

/** Deletes the Node object and its Lease; what is left of its pods is then collected. */
export async function forgetNode(clusterDir: string, node: string): Promise<void> {
  await withAdmin(clusterDir, (client) => client.delete(nodeKind, { name: node }));
  await withAdmin(clusterDir, (client) =>
    client.delete(leaseKind, { namespace: 'kube-node-lease', name: node }),
  );
}

/** What is not there needs nothing more. */
async function withAdmin(clusterDir: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const { client, dispose } = adminClient(clusterDir);
  try {
    await work(client);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  } finally {
    dispose();
  }
}

async function setSchedulable(client: Client, node: string, isSchedulable: boolean): Promise<void> {
  const body = { spec: { unschedulable: isSchedulable ? null : true } };
  await client.patch(nodeKind, { name: node }, { type: 'merge', body });
}

/** {@link drainNode} by a client that is there. */
export async function evictAll(client: Client, node: string, { reporter, signal }: Progress): Promise<void> {
  const deadline = Date.now() + patienceMs;
  const told = new Set<string>();
  for (;;) {
    const left = (
      await client.list(podKind, { fieldSelector: `spec.nodeName=${node}`, signal })
    ).items.filter(moves);
    if (left.length === 0) return reporter.note(told.size === 0 ? 'it had none' : `${told.size} moved`);
    const kept: string[] = [];
    for (const pod of left) {
      const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
      if (!told.has(name)) reporter.log(sentence(pod, name));
      told.add(name);
      if (pod.metadata?.deletionTimestamp === undefined && !(await evict(client, pod))) kept.push(name);
    }
    const held = kept.length === 0 ? '' : `, ${kept.length} held by a disruption budget`;
    reporter.note(`${left.length} pods left${held}`);
    if (Date.now() > deadline) {
      if (kept.length > 0) throw protectedPods(node, kept);
      return reporter.note(`${left.length} pods did not end in ${patienceMs / 1000} s`);
    }
    await delay(pollMs, undefined, { signal });
  }
}

/** A pod of a DaemonSet would come back to this very node. */
function moves(pod: DeepReadonly<Pod>): boolean {
  return !pod.metadata?.ownerReferences?.some(({ kind, controller }) => kind === 'DaemonSet' && controller);
}

function sentence(pod: DeepReadonly<Pod>, name: string): string {
  const hasController = pod.metadata?.ownerReferences?.some(({ controller }) => controller);
  return hasController ? `${name} moves` : `${name} has no controller: it is deleted and does not come back`;
}

/** False when a disruption budget forbids it just now. */
async function evict(client: Client, pod: DeepReadonly<Pod>): Promise<boolean> {
  const ref = refOf(pod);
  try {
    await client.post(podKind, ref, 'eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: ref });
  } catch (error) {
    if (isReason(error, 'TooManyRequests')) return false;
    // It has gone by itself, or goes with its namespace.
    if (!isReason(error, 'NotFound') && !isNamespaceTerminating(error)) throw error;
  }
  return true;
}

function protectedPods(node: string, names: readonly string[]): AppError {
  return new AppError({
    code: 'Busy',
    message: `Node "${node}" was not removed: a disruption budget keeps ${names.join(', ')} on it.`,
    remedy: 'Run more replicas, or change the PodDisruptionBudget, and try again.',
  });
}
