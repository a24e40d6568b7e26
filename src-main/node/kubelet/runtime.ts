/**
 * What the kubelet needs of a container runtime: the CRI, narrowed. Real: CRI v1 over gRPC to containerd
 * (`cri/`); for tests: a fake in `src-main/testing`. Names follow the CRI. Every call may reject with a
 * {@link RuntimeError}; ids are the runtime's own. Times are nanoseconds since the epoch as bigint.
 */
export interface ContainerRuntime {
  version(): Promise<{ name: string; version: string }>;
  /** Rejects when the runtime or its network is not ready; the message says why. */
  checkReady(): Promise<void>;

  runPodSandbox(config: PodSandboxConfig, runtimeHandler: string): Promise<string>;
  /** Stops every container in it, tears down its network. Idempotent. */
  stopPodSandbox(id: string): Promise<void>;
  /** Idempotent. */
  removePodSandbox(id: string): Promise<void>;
  /** All, or those of one pod (label `io.kubernetes.pod.uid`). */
  listPodSandboxes(filter?: PodFilter): Promise<readonly PodSandbox[]>;
  /** Addresses in order, empty for a host-network sandbox. Undefined: no such sandbox. */
  podSandboxStatus(id: string): Promise<PodSandboxStatus | undefined>;

  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandboxConfig: PodSandboxConfig,
  ): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `timeoutSeconds`. Idempotent. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  /** All, or those of one pod (label `io.kubernetes.pod.uid`). */
  listContainers(filter?: PodFilter): Promise<readonly ContainerSummary[]>;
  containerStatus(id: string): Promise<RuntimeContainerStatus | undefined>;
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  /** Makes the runtime open the log file anew after rotation. */
  reopenContainerLog(id: string): Promise<void>;

  /** Runs a command to its end; output is cut at 16 KiB each. */
  execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** One-use URLs of the runtime's own streaming server, on 127.0.0.1 inside the node. */
  exec(request: {
    id: string;
    command: readonly string[];
    tty: boolean;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
  }): Promise<string>;
  attach(request: {
    id: string;
    tty: boolean;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
  }): Promise<string>;
  portForward(request: { sandboxId: string; ports: readonly number[] }): Promise<string>;

  imageStatus(image: string): Promise<RuntimeImage | undefined>;
  /** Resolves to the image's id once it is complete on this node. */
  pullImage(image: string, auth: ImageAuth | undefined, signal: AbortSignal): Promise<string>;
  listImages(): Promise<readonly RuntimeImage[]>;
  removeImage(image: string): Promise<void>;
  /** Bytes and inodes used by images and containers. */
  imageFsInfo(): Promise<{ usedBytes: number; inodesUsed: number }>;

  listContainerStats(): Promise<readonly ContainerStats[]>;
  /** Traffic of the pods that have a network of their own. */
  listPodNetworkStats(): Promise<readonly PodNetworkStats[]>;
  /** Container life-cycle events until the signal aborts; missing ones are made up for by listing. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
}

/** Narrows a list to one pod. */
export interface PodFilter {
  readonly podUid: string;
}

/** A refusal or failure of the runtime. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly kind: 'NotFound' | 'Unavailable' | 'Timeout' | 'Failed';

  constructor(kind: RuntimeError['kind'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

export interface PodSandboxConfig {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly attempt: number;
  };
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings: readonly {
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly containerPort: number;
    readonly hostPort: number;
    readonly hostIp: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux: {
    readonly cgroupParent: string;
    readonly sysctls: Readonly<Record<string, string>>;
    readonly hostNetwork: boolean;
    readonly hostPid: boolean;
    readonly hostIpc: boolean;
    readonly shareProcessNamespace: boolean;
    readonly privileged: boolean;
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly supplementalGroups: readonly number[];
    readonly readonlyRootfs: boolean;
    readonly seccomp: 'RuntimeDefault' | 'Unconfined' | { readonly localhost: string };
    readonly resources?: LinuxResources;
  };
}

export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number };
  /** Image id or name as resolved by `imageStatus`. */
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly permissions: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's logDirectory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly linux: {
    readonly resources: LinuxResources;
    readonly privileged: boolean;
    readonly addCapabilities: readonly string[];
    readonly dropCapabilities: readonly string[];
    readonly hostNetwork: boolean;
    readonly hostPid: boolean;
    readonly hostIpc: boolean;
    /** Pod: one PID namespace for the pod. An id: that container's. */
    readonly pidMode: 'Container' | 'Pod' | 'Node' | { readonly target: string };
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly runAsUsername?: string;
    readonly supplementalGroups: readonly number[];
    readonly readonlyRootfs: boolean;
    readonly noNewPrivileges: boolean;
    readonly seccomp: 'RuntimeDefault' | 'Unconfined' | { readonly localhost: string };
    readonly maskedPaths: 'default' | 'unmasked';
  };
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'Private' | 'HostToContainer' | 'Bidirectional';
}

/** cgroup settings; absent or 0 means no limit. */
export interface LinuxResources {
  readonly cpuPeriodUs?: number;
  readonly cpuQuotaUs?: number;
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
  readonly pidsLimit?: number;
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxConfig['metadata'];
  readonly state: 'Ready' | 'NotReady';
  readonly createdAtNs: bigint;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PodSandboxStatus extends PodSandbox {
  readonly ips: readonly string[];
}

export interface ContainerSummary {
  readonly id: string;
  readonly sandboxId: string;
  readonly metadata: ContainerConfig['metadata'];
  readonly state: 'Created' | 'Running' | 'Exited' | 'Unknown';
  readonly imageRef: string;
  readonly createdAtNs: bigint;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** As the CRI has it: the sandbox is named by {@link ContainerSummary} alone. */
export interface RuntimeContainerStatus extends Omit<ContainerSummary, 'sandboxId'> {
  readonly startedAtNs: bigint;
  readonly finishedAtNs: bigint;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, … */
  readonly reason: string;
  readonly message: string;
  /** Image as named by the user. */
  readonly image: string;
  readonly logPath: string;
}

export interface RuntimeImage {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** Numeric user the image asks for; null when it names none. */
  readonly uid: number | null;
  readonly username: string;
  readonly pinned: boolean;
}

export interface ImageAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface ContainerStats {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampNs: bigint;
  readonly cpuUsageCoreNanoSeconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryRssBytes: number;
  readonly writableLayerBytes: number;
}

export interface PodNetworkStats {
  /** Those of the sandbox. */
  readonly labels: Readonly<Record<string, string>>;
  /** Counted since the pod began. */
  readonly interfaces: readonly {
    readonly name: string;
    readonly receivedBytes: number;
    readonly receiveErrors: number;
    readonly sentBytes: number;
    readonly sendErrors: number;
  }[];
}

export interface RuntimeEvent {
  readonly type: 'Created' | 'Started' | 'Stopped' | 'Deleted';
  readonly containerId: string;
  /** Uid of the pod it belongs to, from the sandbox's metadata. */
  readonly podUid: string;
}
