import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@shared/lib/clock.ts';
import {
  type ContainerConfig,
  type ContainerRuntime,
  type ContainerSummary,
  type LinuxResources,
  type PodFilter,
  type PodSandboxConfig,
  type PodSandboxStatus,
  type RuntimeContainerStatus,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeImage,
} from '../node/kubelet/runtime.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface FakeSandbox {
  readonly status: Mutable<PodSandboxStatus>;
  readonly config: PodSandboxConfig;
}

interface FakeContainer {
  readonly status: Mutable<RuntimeContainerStatus> & { readonly sandboxId: string };
  readonly config: ContainerConfig;
  /** Ends its process, as a signal would. */
  readonly terminate: (exitCode: number) => void;
  ended: Promise<void>;
}

/** How the process of a container behaves; chosen by what its command says. */
export interface Behaviour {
  /** Resolves to the exit code when the process ends on its own; never resolves while it runs. */
  run?(config: ContainerConfig, attempt: number): Promise<number>;
  /** Exit code on SIGTERM, or 'ignore' to wait for SIGKILL. Default 143. */
  onTerm?: number | 'ignore';
}

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  /** Images that are on the node from the beginning. */
  readonly images?: readonly string[];
  /** Images that a registry has. */
  readonly registry?: readonly string[];
  /** By container name; those not named run until they are stopped. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
}

/**
 * A container runtime without containers, for tests. It keeps containerd's rules: ids are its own, a sandbox's
 * end ends its containers, exited containers stay until removed, stopping waits for the grace period, missing
 * images fail as a registry would, and every change is announced as an event.
 */
export class FakeRuntime implements ContainerRuntime {
  readonly #options: FakeRuntimeOptions;
  readonly #sandboxes = new Map<string, FakeSandbox>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #images = new Map<string, RuntimeImage>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  readonly #execs: { id: string; command: readonly string[] }[] = [];
  #nextIp = 2;
  /** What running containers were given since they began, oldest first. */
  readonly resourceUpdates: ({ readonly container: string } & LinuxResources)[] = [];
  /** Set to make the next calls of that name fail with this message. */
  readonly failures = new Map<keyof ContainerRuntime, string>();
  /** Answers `execSync`; default: success without output. */
  onExec: (container: string, command: readonly string[]) => { exitCode: number; stdout: string } = () => ({
    exitCode: 0,
    stdout: '',
  });

  constructor(options: FakeRuntimeOptions) {
    this.#options = options;
    for (const image of options.images ?? []) this.#addImage(image);
  }

  /** What has been run through `execSync`, oldest first. */
  get execs(): readonly { id: string; command: readonly string[] }[] {
    return this.#execs;
  }

  /** The configuration under which a container of that name was created last. */
  configOf(container: string): ContainerConfig | undefined {
    return [...this.#containers.values()].findLast(({ config }) => config.metadata.name === container)
      ?.config;
  }

  sandboxConfigOf(pod: string): PodSandboxConfig | undefined {
    return [...this.#sandboxes.values()].findLast(({ config }) => config.metadata.name === pod)?.config;
  }

  /** Ends the running process of a container of that name. */
  exit(container: string, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    const found = [...this.#containers.values()].findLast(
      ({ config, status }) => config.metadata.name === container && status.state === 'Running',
    );
    if (!found) throw new Error(`no running container ${container}`);
    found.status.reason = reason;
    found.terminate(exitCode);
  }

  /** What a restart of the node does: every process is dead, the records stay. */
  loseProcesses(): void {
    for (const sandbox of this.#sandboxes.values()) sandbox.status.state = 'NotReady';
    for (const { status, terminate } of this.#containers.values())
      if (status.state === 'Running') terminate(255);
  }

  async version() {
    return { name: 'containerd', version: '1.7.24' };
  }

  async checkReady() {
    this.#failIfTold('checkReady');
  }

  async runPodSandbox(config: PodSandboxConfig, handler = ''): Promise<string> {
    this.#failIfTold('runPodSandbox');
    if (handler !== '' && handler !== 'runc')
      throw new Error(`failed to get sandbox runtime: no runtime for "${handler}" is configured`);
    const id = newId();
    const ips = config.linux.hostNetwork ? [] : [`10.244.1.${this.#nextIp++}`];
    const { metadata, labels, annotations } = config;
    const createdAtNs = this.#nowNs();
    this.#sandboxes.set(id, {
      config,
      status: { id, metadata, state: 'Ready', createdAtNs, labels, annotations, ips },
    });
    this.#announce('Started', id, metadata.uid);
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox || sandbox.status.state === 'NotReady') return;
    await Promise.all(this.#containersOf(id).map(({ status }) => this.stopContainer(status.id, 0)));
    sandbox.status.state = 'NotReady';
    this.#announce('Stopped', id, sandbox.config.metadata.uid);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    for (const { status } of this.#containersOf(id)) await this.removeContainer(status.id);
    const sandbox = this.#sandboxes.get(id);
    if (this.#sandboxes.delete(id)) this.#announce('Deleted', id, sandbox?.config.metadata.uid ?? '');
  }

  async listPodSandboxes(filter?: PodFilter) {
    this.#failIfTold('listPodSandboxes');
    const all = [...this.#sandboxes.values()].map(({ status }) => ({ ...status }));
    return filter ? all.filter(({ metadata }) => metadata.uid === filter.podUid) : all;
  }

  async podSandboxStatus(id: string) {
    const sandbox = this.#sandboxes.get(id);
    return sandbox && { ...sandbox.status };
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    this.#failIfTold('createContainer');
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox?.status.state !== 'Ready')
      throw new RuntimeError('Failed', 'sandbox container is not running');
    const image = [...this.#images.values()].find(
      ({ id, repoTags }) => id === config.image || repoTags.includes(config.image),
    );
    if (!image) throw new RuntimeError('NotFound', `image "${config.image}" not found`);
    const id = newId();
    const status: FakeContainer['status'] = {
      id,
      sandboxId,
      metadata: config.metadata,
      state: 'Created',
      imageRef: image.repoDigests[0] ?? image.id,
      createdAtNs: this.#nowNs(),
      labels: config.labels,
      annotations: config.annotations,
      startedAtNs: 0n,
      finishedAtNs: 0n,
      exitCode: 0,
      reason: '',
      message: '',
      image: image.repoTags[0] ?? config.image,
      logPath: join(sandbox.config.logDirectory, config.logPath),
    };
    this.#containers.set(id, { status, config, terminate: () => undefined, ended: Promise.resolve() });
    this.#announce('Created', id, sandbox.config.metadata.uid);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    const podUid = this.#sandboxes.get(container.status.sandboxId)?.config.metadata.uid ?? '';
    const failure = this.failures.get('startContainer');
    if (failure !== undefined) {
      Object.assign(container.status, {
        state: 'Exited',
        exitCode: 128,
        reason: 'StartError',
        message: failure,
        finishedAtNs: this.#nowNs(),
      });
      throw new RuntimeError('Failed', failure);
    }
    Object.assign(container.status, { state: 'Running', startedAtNs: this.#nowNs() });
    await writeLog(
      container.status.logPath,
      this.#nowNs(),
      `started attempt ${container.config.metadata.attempt}`,
    );
    let resolve: (exitCode: number) => void = () => undefined;
    const exited = new Promise<number>((end) => {
      resolve = end;
    });
    const run = this.#options.behaviours?.[container.config.metadata.name]?.run;
    void run?.(container.config, container.config.metadata.attempt).then(resolve);
    container.ended = exited.then((exitCode) => {
      const reason = container.status.reason || (exitCode === 0 ? 'Completed' : 'Error');
      Object.assign(container.status, { state: 'Exited', exitCode, reason, finishedAtNs: this.#nowNs() });
      this.#announce('Stopped', id, podUid);
    });
    this.#containers.set(id, Object.assign(container, { terminate: resolve }));
    this.#announce('Started', id, podUid);
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const container = this.#containers.get(id);
    if (container?.status.state !== 'Running') return;
    const onTerm = this.#options.behaviours?.[container.config.metadata.name]?.onTerm ?? 143;
    if (onTerm !== 'ignore' && timeoutSeconds > 0) container.terminate(onTerm);
    else this.#options.clock.setTimer(timeoutSeconds * 1000, () => container.terminate(137));
    await container.ended;
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    await this.stopContainer(id, 0);
    this.#containers.delete(id);
    this.#announce('Deleted', id, this.#sandboxes.get(container.status.sandboxId)?.config.metadata.uid ?? '');
  }

  async listContainers(filter?: PodFilter): Promise<readonly ContainerSummary[]> {
    const all = [...this.#containers.values()].map(({ status }) => ({ ...status }));
    return filter ? all.filter(({ labels }) => labels['io.kubernetes.pod.uid'] === filter.podUid) : all;
  }

  async containerStatus(id: string) {
    const container = this.#containers.get(id);
    if (!container) return undefined;
    const { sandboxId: _, ...status } = container.status;
    return status;
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    this.#failIfTold('updateContainerResources');
    const { status } = this.#container(id);
    this.resourceUpdates.push({ container: status.metadata.name, ...resources });
  }

  async reopenContainerLog(id: string): Promise<void> {
    await writeLog(this.#container(id).status.logPath, this.#nowNs(), 'reopened');
  }

  async execSync(id: string, command: readonly string[]) {
    this.#failIfTold('execSync');
    this.#execs.push({ id, command });
    const { exitCode, stdout } = this.onExec(this.#container(id).config.metadata.name, command);
    return { exitCode, stdout, stderr: '' };
  }

  exec(): Promise<string> {
    return Promise.reject(new RuntimeError('Failed', 'the fake runtime has no streams'));
  }

  attach(): Promise<string> {
    return this.exec();
  }

  portForward(): Promise<string> {
    return this.exec();
  }

  async imageStatus(image: string) {
    this.#failIfTold('imageStatus');
    return this.#images.get(image) ?? [...this.#images.values()].find(({ id }) => id === image);
  }

  async pullImage(image: string): Promise<string> {
    this.#failIfTold('pullImage');
    if (!this.#options.registry?.includes(image)) {
      const text = `rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/${image}": not found`;
      throw new RuntimeError('NotFound', text);
    }
    return this.#addImage(image).id;
  }

  async listImages() {
    return [...this.#images.values()];
  }

  async removeImage(image: string): Promise<void> {
    this.#images.delete(image);
  }

  async imageFsInfo() {
    return { usedBytes: 1_000_000, inodesUsed: 100 };
  }

  async listContainerStats() {
    return [...this.#containers.values()]
      .filter(({ status }) => status.state === 'Running')
      .map(({ status }) => ({
        id: status.id,
        labels: status.labels,
        timestampNs: this.#nowNs(),
        cpuUsageCoreNanoSeconds: 5_000_000,
        memoryWorkingSetBytes: 1_048_576,
        memoryRssBytes: 524_288,
        writableLayerBytes: 4096,
      }));
  }

  async listPodNetworkStats() {
    return [...this.#sandboxes.values()].map(({ status }) => ({
      labels: status.labels,
      interfaces: [{ name: 'eth0', receivedBytes: 100, receiveErrors: 0, sentBytes: 200, sendErrors: 0 }],
    }));
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake: () => void = () => undefined;
    const listener = (event: RuntimeEvent) => {
      queue.push(event);
      wake();
    };
    this.#listeners.add(listener);
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event) yield event;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #addImage(name: string): RuntimeImage {
    const hex = randomBytes(32).toString('hex');
    const image = {
      id: `sha256:${hex}`,
      repoTags: [name],
      repoDigests: [`${name.split(':')[0]}@sha256:${hex}`],
      sizeBytes: 1234,
      uid: 0,
      username: '',
      pinned: false,
    };
    this.#images.set(name, image);
    return image;
  }

  #container(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (!container)
      throw new RuntimeError('NotFound', `an error occurred when try to find container "${id}": not found`);
    return container;
  }

  #containersOf(sandboxId: string): readonly FakeContainer[] {
    return [...this.#containers.values()].filter(({ status }) => status.sandboxId === sandboxId);
  }

  #announce(type: RuntimeEvent['type'], containerId: string, podUid: string): void {
    for (const listener of this.#listeners) listener({ type, containerId, podUid });
  }

  #failIfTold(call: keyof ContainerRuntime): void {
    const failure = this.failures.get(call);
    if (failure !== undefined) throw new RuntimeError('Failed', failure);
  }

  #nowNs(): bigint {
    return BigInt(this.#options.clock.now()) * 1_000_000n;
  }
}

function newId(): string {
  return randomBytes(32).toString('hex');
}

async function writeLog(path: string, timeNs: bigint, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const time = new Date(Number(timeNs / 1_000_000n)).toISOString().replace('Z', '000000Z');
  await writeFile(path, `${time} stdout F ${text}\n`, { flag: 'a' });
}
