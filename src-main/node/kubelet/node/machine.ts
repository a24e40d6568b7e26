import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import type { ContainerRuntime } from '../runtime.ts';
import type { MachineFacts, MachineState } from './node-status.ts';

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
};
const diskPath = '/var/lib';

/** Reads what the node is; its size is the configured one where there is one. */
export async function readMachine(config: NodeAgentConfig, runtime: ContainerRuntime): Promise<MachineFacts> {
  const [release, machineId, bootId, disk, version] = await Promise.all([
    text('/etc/os-release'),
    text('/etc/machine-id'),
    text('/proc/sys/kernel/random/boot_id'),
    statfs(diskPath).catch(() => statfs('/')),
    runtime.version(),
  ]);
  const cores = config.size.cpus ?? os.availableParallelism();
  return {
    cpuMilli: Math.round(cores * 1000),
    memoryBytes: config.size.memoryBytes ?? os.totalmem(),
    storageBytes: disk.blocks * disk.bsize,
    architecture: architectures[process.arch] ?? process.arch,
    kernelVersion: os.release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'Linux',
    machineId: machineId.trim(),
    bootId: bootId.trim(),
    runtimeVersion: `${version.name}://${version.version.replace(/^v/, '')}`,
  };
}

/** Looks at how the node fares now. Never rejects. */
export async function readMachineState(
  facts: MachineFacts,
  runtime: ContainerRuntime,
): Promise<MachineState> {
  const [notReady, images, disk, used] = await Promise.all([
    runtime.checkReady().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
    runtime.listImages().catch(() => []),
    statfs(diskPath).catch(() => undefined),
    usedMemory(),
  ]);
  return {
    notReady,
    images,
    diskAvailableBytes: disk ? disk.bavail * disk.bsize : Number.POSITIVE_INFINITY,
    memoryAvailableBytes: facts.memoryBytes - used,
  };
}

/** Working set of the node container, from its cgroup; 0 where it cannot be read. */
async function usedMemory(): Promise<number> {
  const v2 = await text('/sys/fs/cgroup/memory.current');
  const v1 = v2 === '' ? await text('/sys/fs/cgroup/memory/memory.usage_in_bytes') : v2;
  const stat =
    (await text('/sys/fs/cgroup/memory.stat')) || (await text('/sys/fs/cgroup/memory/memory.stat'));
  const inactive = Number(/^(?:total_)?inactive_file (\d+)/m.exec(stat)?.[1] ?? 0);
  return Math.max(0, Number(v1) - inactive);
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Linux capabilities that this process, and so every container of the node, cannot have. */
export async function missingCapabilities(): Promise<ReadonlySet<string>> {
  const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(await text('/proc/self/status'))?.[1];
  if (bounding === undefined) return new Set();
  const bits = BigInt(`0x${bounding}`);
  return new Set(capabilities.filter((_, bit) => ((bits >> BigInt(bit)) & 1n) === 0n));
}

/** In the kernel's order: the index is the bit. Source: capabilities(7). */
const capabilities = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE',
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT',
  'SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP',
  'MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' '));
