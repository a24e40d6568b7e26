import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { containerLogPath, podLogDirectory } from '../config/build.ts';
import { containerNameLabel, podNameLabel, podNamespaceLabel } from '../pod/labels.ts';
import type { ReadonlyPod } from '../pod/spec.ts';

/** Beside the pods' logs: `/var/log/containers`, where collectors of logs look. */
function linkFolder(logRoot: string): string {
  return join(dirname(logRoot), 'containers');
}

/** Puts a link `POD_NAMESPACE_CONTAINER-ID.log` to a container's log there. */
export async function linkLog(
  logRoot: string,
  pod: ReadonlyPod,
  container: { readonly id: string; readonly name: string; readonly restartCount: number },
): Promise<void> {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  const folder = linkFolder(logRoot);
  await mkdir(folder, { recursive: true });
  const target = join(
    podLogDirectory(pod, logRoot),
    containerLogPath(container.name, container.restartCount),
  );
  const link = join(folder, linkName({ name, namespace, container: container.name, id: container.id }));
  await rm(link, { force: true });
  await symlink(target, link);
}

/** Removes the links of containers that are gone. */
export async function removeLogLinks(
  logRoot: string,
  containers: readonly { readonly id: string; readonly labels: Readonly<Record<string, string>> }[],
): Promise<void> {
  await Promise.all(
    containers.map(({ id, labels }) => {
      const parts = {
        name: labels[podNameLabel] ?? '',
        namespace: labels[podNamespaceLabel] ?? '',
        container: labels[containerNameLabel] ?? '',
        id,
      };
      return rm(join(linkFolder(logRoot), linkName(parts)), { force: true });
    }),
  );
}

function linkName(parts: { name: string; namespace: string; container: string; id: string }): string {
  return `${parts.name}_${parts.namespace}_${parts.container}-${parts.id}.log`;
}
