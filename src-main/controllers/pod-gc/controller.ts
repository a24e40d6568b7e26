import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { type ControllerContext, defineLoop } from '@shared/controller/define.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { isPodTerminal } from '@shared/kinds/core/pod/pod-status.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { withCondition } from '../shared/pod-condition.ts';
import { planPodGc, terminatedThreshold } from './plan.ts';

type ReadonlyPod = DeepReadonly<Pod>;

const periodMs = 5000;
/** A node must have been missing this long before its pods go: it may be about to register. */
const quarantineMs = 10_000;

/** Removes pods that no kubelet will ever remove. */
export const podGc = defineLoop({
  name: 'pod-gc',
  reads: [podKind, nodeKind],
  async run(context, signal) {
    const missing = new MissingNodes(context);
    while (!signal.aborted) {
      await sweep(context, missing);
      await sleep(context.clock, periodMs, signal).catch(() => undefined);
    }
  },
});

async function sweep(context: ControllerContext, missing: MissingNodes): Promise<void> {
  const pods = context.informer(podKind).list();
  const gone = await missing.confirm(new Set(pods.flatMap(({ spec }) => spec?.nodeName || [])));
  const plan = planPodGc({ pods, mayExist: (node) => !gone.has(node), terminatedThreshold });
  for (const pod of plan.orphaned) await removeOrphaned(context, pod);
  for (const pod of [...plan.unscheduled, ...plan.surplus]) await remove(context, pod);
}

/** Says first why the pod ends, so that its owner and its reader know. */
async function removeOrphaned(context: ControllerContext, pod: ReadonlyPod): Promise<void> {
  const marked = withCondition(pod, context.clock.now(), {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  });
  try {
    if (!isPodTerminal(pod)) {
      const status = { ...marked.status, phase: 'Failed' };
      await context.client.updateStatus(podKind, { ...marked, status });
    }
  } catch (error) {
    // Changed meanwhile: the next sweep looks again.
    if (isReason(error, 'Conflict') || isReason(error, 'NotFound')) return;
    throw error;
  }
  await remove(context, pod);
}

async function remove({ client, log }: ControllerContext, pod: ReadonlyPod): Promise<void> {
  const { uid = '' } = pod.metadata ?? {};
  try {
    await client.delete(podKind, refOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
    log('removing a pod failed', { pod: pod.metadata?.name, error: String(error) });
  }
}

/** Nodes that pods name and that do not exist, with the time since when. */
class MissingNodes {
  readonly #context: ControllerContext;
  readonly #clock: Clock;
  readonly #sinceMs = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#clock = context.clock;
  }

  /** The named nodes that have been missing for the quarantine and that the server does not know either. */
  async confirm(named: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const nodes = this.#context.informer(nodeKind);
    const nowMs = this.#clock.now();
    for (const name of this.#sinceMs.keys())
      if (!named.has(name) || nodes.get('', name)) this.#sinceMs.delete(name);
    const gone = new Set<string>();
    for (const name of named) {
      if (nodes.get('', name)) continue;
      const sinceMs = this.#sinceMs.get(name) ?? nowMs;
      this.#sinceMs.set(name, sinceMs);
      if (nowMs - sinceMs >= quarantineMs && (await this.#isUnknown(name))) gone.add(name);
    }
    return gone;
  }

  async #isUnknown(name: string): Promise<boolean> {
    try {
      await this.#context.client.get(nodeKind, { name });
      return false;
    } catch (error) {
      if (isReason(error, 'NotFound')) return true;
      throw error;
    }
  }
}
