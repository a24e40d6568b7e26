import { removeTree } from '../../../platform/remove-tree.ts';
import { podLogDirectory } from '../config/build.ts';
import { removeLogLinks } from '../logs/log-links.ts';
import { removeLog } from '../logs/rotate.ts';
import { tearDownPod } from '../volumes/pod-volumes.ts';
import { removePodCgroups } from './cgroup.ts';
import type { KubeletContext } from './context.ts';
import type { ObservedContainer, ObservedPod } from './observed.ts';
import { type ReadonlyPod, uidOf } from './spec.ts';

/** Past runs kept per container beside the present one: their logs and exit are what `--previous` shows. */
const keptRuns = 2;
const keptSandboxes = 2;

/** Removes all traces of a pod from the node: sandboxes with their containers, volumes, logs. Idempotent. */
export async function removePod(
  context: KubeletContext,
  pod: ReadonlyPod,
  observed: ObservedPod,
): Promise<void> {
  const { runtime, node, mounter, objects, tokens, images, statuses } = context;
  const uid = uidOf(pod);
  await Promise.all(
    observed.sandboxes.map(async ({ id }) => {
      await runtime.stopPodSandbox(id);
      await runtime.removePodSandbox(id);
    }),
  );
  await Promise.all(observed.containers.map(({ id }) => runtime.removeContainer(id)));
  await removeLogLinks(node.logRoot, observed.containers);
  await removePodCgroups(uid);
  await tearDownPod(node.directories, uid, mounter);
  await removeTree(node.logRoot, podLogDirectory(pod, node.logRoot));
  objects.release(uid);
  tokens.forget(uid);
  images.forget(uid);
  statuses.forget(uid);
}

/** Removes runs and sandboxes of a living pod that nobody looks back at any more. Failures wait for next time. */
export async function collectGarbage(
  { runtime, node, log }: KubeletContext,
  observed: ObservedPod,
): Promise<void> {
  try {
    for (const container of oldRuns(observed)) {
      await runtime.removeContainer(container.id);
      await removeLogLinks(node.logRoot, [container]);
      if (container.logPath !== '') await removeLog(container.logPath);
    }
    const old = observed.sandboxes.slice(keptSandboxes).filter(({ state }) => state === 'NotReady');
    for (const { id } of old) {
      const isUsed = observed.containers.some(({ sandboxId }) => sandboxId === id);
      if (!isUsed) await runtime.removePodSandbox(id);
    }
  } catch (error) {
    log('collecting dead containers failed', { error: String(error) });
  }
}

function oldRuns(observed: ObservedPod): readonly ObservedContainer[] {
  const seen = new Map<string, number>();
  return observed.containers.filter(({ name, state }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count > keptRuns && state === 'Exited';
  });
}
