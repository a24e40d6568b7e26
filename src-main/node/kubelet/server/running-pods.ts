import { containerNameLabel } from '../pod/labels.ts';
import type { ContainerRuntime } from '../runtime.ts';

/** `/runningpods/`: pods as the runtime has them, whatever the API says. */
export async function runningPods(runtime: ContainerRuntime): Promise<readonly object[]> {
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(), runtime.listContainers()]);
  return sandboxes
    .filter(({ state }) => state === 'Ready')
    .map(({ id, metadata }) => ({
      metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
      spec: {
        containers: containers
          .filter(({ sandboxId, state }) => sandboxId === id && state === 'Running')
          .map(({ labels, imageRef }) => ({
            name: labels[containerNameLabel] ?? '',
            image: imageRef,
            resources: {},
          })),
      },
      status: {},
    }));
}
