import type { ContainerConfig, LinuxResources, Mount, PodSandboxConfig } from '../runtime.ts';

/** What the CRI calls paths that Docker-like runtimes hide from ordinary containers. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** {@link PodSandboxConfig} in the wire's field names. */
export function encodeSandboxConfig(config: PodSandboxConfig): object {
  const { linux } = config;
  return {
    metadata: config.metadata,
    hostname: config.hostname,
    log_directory: config.logDirectory,
    ...(config.dns && { dns_config: config.dns }),
    port_mappings: config.portMappings.map((port) => ({
      protocol: port.protocol,
      container_port: port.containerPort,
      host_port: port.hostPort,
      host_ip: port.hostIp,
    })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroup_parent: linux.cgroupParent,
      sysctls: linux.sysctls,
      ...(linux.resources && { resources: encodeResources(linux.resources) }),
      security_context: {
        namespace_options: {
          network: linux.hostNetwork ? 'NODE' : 'POD',
          pid: linux.hostPid ? 'NODE' : linux.shareProcessNamespace ? 'POD' : 'CONTAINER',
          ipc: linux.hostIpc ? 'NODE' : 'POD',
        },
        ...encodeUser(linux),
        readonly_rootfs: linux.readonlyRootfs,
        supplemental_groups: linux.supplementalGroups,
        privileged: linux.privileged,
        seccomp: encodeSeccomp(linux.seccomp),
      },
    },
  };
}

/** {@link ContainerConfig} in the wire's field names. */
export function encodeContainerConfig(config: ContainerConfig): object {
  const { linux } = config;
  return {
    metadata: config.metadata,
    image: { image: config.image },
    command: config.command,
    args: config.args,
    working_dir: config.workingDir,
    envs: config.envs.map(({ key, value }) => ({ key, value: Buffer.from(value) })),
    mounts: config.mounts.map(encodeMount),
    devices: config.devices.map((device) => ({
      container_path: device.containerPath,
      host_path: device.hostPath,
      permissions: device.permissions,
    })),
    labels: config.labels,
    annotations: config.annotations,
    log_path: config.logPath,
    stdin: config.stdin,
    stdin_once: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: encodeResources(linux.resources),
      security_context: {
        capabilities: { add_capabilities: linux.addCapabilities, drop_capabilities: linux.dropCapabilities },
        privileged: linux.privileged,
        namespace_options: {
          network: linux.hostNetwork ? 'NODE' : 'POD',
          ...encodePid(linux),
          ipc: linux.hostIpc ? 'NODE' : 'POD',
        },
        ...encodeUser(linux),
        ...(linux.runAsUsername !== undefined && { run_as_username: linux.runAsUsername }),
        readonly_rootfs: linux.readonlyRootfs,
        supplemental_groups: linux.supplementalGroups,
        no_new_privs: linux.noNewPrivileges,
        masked_paths: linux.maskedPaths === 'default' && !linux.privileged ? maskedPaths : [],
        readonly_paths: linux.maskedPaths === 'default' && !linux.privileged ? readonlyPaths : [],
        seccomp: encodeSeccomp(linux.seccomp),
      },
    },
  };
}

/** {@link LinuxResources} in the wire's field names. */
export function encodeResources(resources: LinuxResources): object {
  return {
    cpu_period: resources.cpuPeriodUs ?? 0,
    cpu_quota: resources.cpuQuotaUs ?? 0,
    cpu_shares: resources.cpuShares ?? 0,
    memory_limit_in_bytes: resources.memoryLimitBytes ?? 0,
    oom_score_adj: resources.oomScoreAdj ?? 0,
    ...(resources.pidsLimit !== undefined && { unified: { 'pids.max': String(resources.pidsLimit) } }),
  };
}

function encodeUser(linux: { readonly runAsUser?: number; readonly runAsGroup?: number }): object {
  return {
    ...(linux.runAsUser !== undefined && { run_as_user: { value: linux.runAsUser } }),
    ...(linux.runAsGroup !== undefined && { run_as_group: { value: linux.runAsGroup } }),
  };
}

function encodeMount(mount: Mount): object {
  const propagation = {
    Private: 'PROPAGATION_PRIVATE',
    HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
    Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
  }[mount.propagation];
  return {
    container_path: mount.containerPath,
    host_path: mount.hostPath,
    readonly: mount.readonly,
    propagation,
  };
}

function encodeSeccomp(profile: ContainerConfig['linux']['seccomp']): object {
  return typeof profile === 'string'
    ? { profile_type: profile }
    : { profile_type: 'Localhost', localhost_ref: profile.localhost };
}

function encodePid({ hostPid, pidMode }: ContainerConfig['linux']): { pid: string; target_id?: string } {
  if (hostPid || pidMode === 'Node') return { pid: 'NODE' };
  if (pidMode === 'Pod') return { pid: 'POD' };
  return pidMode === 'Container' ? { pid: 'CONTAINER' } : { pid: 'TARGET', target_id: pidMode.target };
}
