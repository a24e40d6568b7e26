import { setTimeout as delay } from 'node:timers/promises';
import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { StepReporter } from '../operations/operations.ts';
import { adminClient } from './admin-client.ts';

const patienceMs = 60_000;

/** Cordons a node and deletes its pods with their grace, so that their controllers make them anew elsewhere. */
export async function drainNode(
  clusterDir: string,
  node: string,
  { reporter, signal }: { reporter: StepReporter; signal: AbortSignal },
): Promise<void> {
  const { client, dispose } = adminClient(clusterDir);
  try {
    await client.patch(
      nodeKind,
      { name: node },
      { type: 'merge', body: { spec: { unschedulable: true } } },
      { signal },
    );
    const podsHere = async () =>
      (await client.list(podKind, { fieldSelector: `spec.nodeName=${node}`, signal })).items;
    for (const pod of await podsHere()) await client.delete(podKind, refOf(pod), { signal });
    const deadline = Date.now() + patienceMs;
    for (let left = await podsHere(); left.length > 0 && Date.now() < deadline; left = await podsHere()) {
      reporter.note(`${left.length} pods left`);
      await delay(250, undefined, { signal });
    }
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error; // a node that never registered has nothing to move
  } finally {
    dispose();
  }
}

/** Deletes the Node object; what is left of its pods is then collected. */
export async function forgetNode(clusterDir: string, node: string): Promise<void> {
  const { client, dispose } = adminClient(clusterDir);
  try {
    await client.delete(nodeKind, { name: node });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  } finally {
    dispose();
  }
}
