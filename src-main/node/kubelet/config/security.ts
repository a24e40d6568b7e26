import type { ReadonlyContainer, ReadonlyPod } from '../pod/spec.ts';
import type { ContainerConfig, PodSandboxConfig, RuntimeImage } from '../runtime.ts';
import { ContainerConfigError } from './env.ts';

type ContainerSecurity = Omit<ContainerConfig['linux'], 'resources'>;
type Seccomp = ContainerConfig['linux']['seccomp'];

const seccompRoot = '/var/lib/kubelet/seccomp/';

function seccompOf(
  profile: { readonly type: string; readonly localhostProfile?: string } | undefined,
): Seccomp {
  if (profile?.type === 'RuntimeDefault') return 'RuntimeDefault';
  if (profile?.type === 'Localhost') return { localhost: `${seccompRoot}${profile.localhostProfile ?? ''}` };
  return 'Unconfined';
}

/** Process settings of a container: its own security context over the pod's. */
export function containerSecurity(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  unavailable: ReadonlySet<string>,
): ContainerSecurity {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const runAsUser = own?.runAsUser ?? shared?.runAsUser;
  const runAsGroup = own?.runAsGroup ?? shared?.runAsGroup;
  const isPrivileged = own?.privileged === true;
  // A capability that the node itself lacks cannot be handed on; asking for it would stop the container.
  const addable = (name: string) => !unavailable.has(name.toUpperCase());
  const added = (own?.capabilities?.add ?? []).filter(addable);
  const host = pod.spec;
  return {
    privileged: isPrivileged,
    addCapabilities: added,
    dropCapabilities: own?.capabilities?.drop ?? [],
    hostNetwork: host?.hostNetwork === true,
    hostPid: host?.hostPID === true,
    hostIpc: host?.hostIPC === true,
    pidMode: host?.hostPID === true ? 'Node' : host?.shareProcessNamespace === true ? 'Pod' : 'Container',
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    supplementalGroups: groupsOf(pod),
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    seccomp: isPrivileged ? 'Unconfined' : seccompOf(own?.seccompProfile ?? shared?.seccompProfile),
    maskedPaths: own?.procMount === 'Unmasked' ? 'unmasked' : 'default',
  };
}

function groupsOf(pod: ReadonlyPod): readonly number[] {
  const { fsGroup, supplementalGroups = [] } = pod.spec?.securityContext ?? {};
  return fsGroup === undefined ? supplementalGroups : [...supplementalGroups, fsGroup];
}

/** Process settings of the sandbox: the pod's. */
export function sandboxSecurity(
  pod: ReadonlyPod,
): Omit<PodSandboxConfig['linux'], 'cgroupParent' | 'resources'> {
  const context = pod.spec?.securityContext;
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return {
    sysctls: Object.fromEntries((context?.sysctls ?? []).map(({ name, value }) => [name, value])),
    hostNetwork: pod.spec?.hostNetwork === true,
    hostPid: pod.spec?.hostPID === true,
    hostIpc: pod.spec?.hostIPC === true,
    shareProcessNamespace: pod.spec?.shareProcessNamespace === true,
    privileged: containers.some(({ securityContext }) => securityContext?.privileged === true),
    ...(context?.runAsUser !== undefined && { runAsUser: context.runAsUser }),
    ...(context?.runAsGroup !== undefined && { runAsGroup: context.runAsGroup }),
    supplementalGroups: groupsOf(pod),
    readonlyRootfs: false,
    seccomp: 'RuntimeDefault',
  };
}

/** Refuses a container that promised not to run as root but would. Throws {@link ContainerConfigError}. */
export function verifyRunAsNonRoot(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  image: RuntimeImage | undefined,
): void {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  if ((own?.runAsNonRoot ?? shared?.runAsNonRoot) !== true) return;
  const about = `(pod: "${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})", container: ${container.name})`;
  const user = own?.runAsUser ?? shared?.runAsUser;
  if (user === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${about}`);
  if (user !== undefined) return;
  if (image?.username && image.uid === null) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${about}`,
    );
  }
  if ((image?.uid ?? 0) === 0) {
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${about}`);
  }
}
