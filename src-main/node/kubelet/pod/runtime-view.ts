import { open, readFile } from 'node:fs/promises';
import type { ContainerRuntime, PodSandbox, PodSandboxStatus, RuntimeContainerStatus } from '../runtime.ts';
import {
  podUidLabel,
  terminationMessageFileAnnotation,
  terminationMessagePolicyAnnotation,
} from './labels.ts';
import { type ObservedPod, observePod } from './observed.ts';

const maxMessageBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/**
 * Looks at pods in the runtime. What cannot change any more (a ready sandbox's addresses, an exited
 * container's status) is asked for once. `observe` always lists anew, so it is never older than its call.
 */
export class RuntimeView {
  readonly #runtime: ContainerRuntime;
  readonly #statuses = new Map<string, RuntimeContainerStatus>();
  readonly #sandboxes = new Map<string, PodSandboxStatus>();
  #digests = new Map<string, string>();

  constructor(runtime: ContainerRuntime) {
    this.#runtime = runtime;
  }

  async observe(uid: string): Promise<ObservedPod> {
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandboxes({ podUid: uid }),
      this.#runtime.listContainers({ podUid: uid }),
    ]);
    const statuses = await Promise.all(
      containers.map(async ({ id, state, sandboxId }) => {
        const status = await this.#containerStatus(id, state);
        return status && { ...status, sandboxId };
      }),
    );
    return observePod(
      uid,
      (await Promise.all(sandboxes.map((sandbox) => this.#sandboxStatus(sandbox)))).filter(isPresent),
      statuses.filter(isPresent),
    );
  }

  /** Uids of pods of which anything has changed since the last call. Also forgets what is gone. */
  async changedPods(): Promise<readonly string[]> {
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandboxes(),
      this.#runtime.listContainers(),
    ]);
    const parts = new Map<string, string[]>();
    for (const item of [...sandboxes, ...containers]) {
      const uid = item.labels[podUidLabel];
      if (uid === undefined) continue;
      parts.set(uid, [...(parts.get(uid) ?? []), `${item.id} ${item.state}`]);
    }
    const digests = new Map([...parts].map(([uid, texts]) => [uid, texts.toSorted().join('\n')]));
    const uids = new Set([...digests.keys(), ...this.#digests.keys()]);
    const changed = [...uids].filter((uid) => digests.get(uid) !== this.#digests.get(uid));
    this.#digests = digests;
    this.#forget(new Set([...sandboxes, ...containers].map(({ id }) => id)));
    return changed;
  }

  /** Uids of all pods the last `changedPods` has seen. */
  podUids(): readonly string[] {
    return [...this.#digests.keys()];
  }

  #forget(present: ReadonlySet<string>): void {
    for (const id of this.#statuses.keys()) if (!present.has(id)) this.#statuses.delete(id);
    for (const id of this.#sandboxes.keys()) if (!present.has(id)) this.#sandboxes.delete(id);
  }

  async #sandboxStatus(sandbox: PodSandbox): Promise<PodSandboxStatus | undefined> {
    const known = this.#sandboxes.get(sandbox.id);
    if (known?.state === sandbox.state) return known;
    const status = await this.#runtime.podSandboxStatus(sandbox.id);
    if (status) this.#sandboxes.set(sandbox.id, status);
    return status;
  }

  async #containerStatus(
    id: string,
    state: RuntimeContainerStatus['state'],
  ): Promise<RuntimeContainerStatus | undefined> {
    const known = this.#statuses.get(id);
    if (known?.state === state && state !== 'Created') return known;
    const status = await this.#runtime.containerStatus(id);
    if (!status) return undefined;
    const complete = status.state === 'Exited' ? { ...status, message: await lastWords(status) } : status;
    this.#statuses.set(id, complete);
    return complete;
  }
}

/** What a container left as its termination message, or the end of its log where it asks for that. */
async function lastWords(status: RuntimeContainerStatus): Promise<string> {
  const file = status.annotations[terminationMessageFileAnnotation];
  const written = file === undefined ? '' : await readFile(file, 'utf8').catch(() => '');
  if (written !== '') return written.slice(0, maxMessageBytes);
  const fallsBack = status.annotations[terminationMessagePolicyAnnotation] === 'FallbackToLogsOnError';
  if (!fallsBack || status.exitCode === 0 || status.logPath === '') return status.message;
  return (await logTail(status.logPath)) || status.message;
}

async function logTail(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const window = Buffer.alloc(Math.min(size, maxLogBytes * 4));
    await file.read(window, 0, window.length, size - window.length);
    const lines = window.toString().trimEnd().split('\n').slice(-maxLogLines);
    const texts = lines.flatMap((line) => /^\S+ \S+ \S+ (.*)$/.exec(line)?.[1] ?? []);
    return texts.join('\n').slice(-maxLogBytes);
  } finally {
    await file.close();
  }
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
