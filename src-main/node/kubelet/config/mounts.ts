import { chown, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomSuffix } from '@shared/lib/random.ts';
import type { ReadonlyContainer, ReadonlyPod } from '../pod/spec.ts';
import type { Mount } from '../runtime.ts';
import type { VolumePaths } from '../volumes/pod-volumes.ts';
import { resolveSubPath } from '../volumes/sub-path.ts';
import { ContainerConfigError, type EnvPair } from './env.ts';
import { expand } from './expand.ts';

export interface MountFacts {
  readonly podDir: string;
  readonly volumes: VolumePaths;
  readonly env: readonly EnvPair[];
  /** Text of the pod's /etc/hosts. */
  readonly hosts: string;
}

export interface ContainerMounts {
  readonly mounts: readonly Mount[];
  readonly terminationMessageFile: string;
}

/** What is mounted into a container; makes the files that are the kubelet's own. Throws {@link ContainerConfigError}. */
export async function containerMounts(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  facts: MountFacts,
): Promise<ContainerMounts> {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) mounts.push(await volumeMount(container, mount, facts));
  const terminationMessageFile = await makeTerminationMessageFile(pod, container, facts.podDir);
  const add = (containerPath: string, hostPath: string) => {
    if (containerPath === '' || mounts.some((mount) => mount.containerPath === containerPath)) return;
    mounts.push({ containerPath, hostPath, readonly: false, propagation: 'Private' });
  };
  const hostsFile = join(facts.podDir, 'etc-hosts');
  await writeFile(hostsFile, facts.hosts, { mode: 0o644 });
  add('/etc/hosts', hostsFile);
  add(container.terminationMessagePath ?? '/dev/termination-log', terminationMessageFile);
  return { mounts, terminationMessageFile };
}

type VolumeMount = NonNullable<ReadonlyContainer['volumeMounts']>[number];

async function volumeMount(
  container: ReadonlyContainer,
  mount: VolumeMount,
  facts: MountFacts,
): Promise<Mount> {
  const volume = facts.volumes.get(mount.name);
  if (volume === undefined)
    throw new ContainerConfigError(
      `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
    );
  const variables = new Map(facts.env.map(({ key, value }) => [key, value]));
  const subPath = mount.subPath || expand(mount.subPathExpr ?? '', (name) => variables.get(name));
  if (/\$\(/.test(mount.subPathExpr ?? '') && /\$\(/.test(subPath)) {
    throw new ContainerConfigError(`failed to expand subPath "${mount.subPathExpr}": missing value`);
  }
  const hostPath = subPath === '' ? volume : await subPathOf(volume, subPath);
  return {
    containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
    hostPath,
    readonly: mount.readOnly === true,
    propagation:
      mount.mountPropagation === 'Bidirectional' || mount.mountPropagation === 'HostToContainer'
        ? mount.mountPropagation
        : 'Private',
  };
}

async function subPathOf(volume: string, subPath: string): Promise<string> {
  try {
    return await resolveSubPath(volume, subPath);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ContainerConfigError(message, { cause: error });
  }
}

async function makeTerminationMessageFile(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  podDir: string,
): Promise<string> {
  const file = join(podDir, 'containers', container.name, randomSuffix(8));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '', { mode: 0o666 });
  // The process's umask must not keep a container with another user from writing its last words.
  const user = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  if (user !== undefined) await chown(file, user, -1);
  return file;
}
