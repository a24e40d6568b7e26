import type { ConfigMap, Secret, Volume } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { DownwardFacts } from '../config/field-ref.ts';
import type { ReadonlyPod } from '../pod/spec.ts';

export type ReadonlyVolume = DeepReadonly<Volume>;

/** A volume that cannot be had (yet); the message ends up in a `FailedMount` event. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** Mounts in the node's own mount namespace. */
export interface Mounter {
  /** Mounts a tmpfs at `path` unless one is there. */
  tmpfs(path: string, sizeBytes: number | undefined): Promise<void>;
  /** Unmounts everything at or below `path`, deepest first. */
  unmountAll(path: string): Promise<void>;
}

/** Where tokens for projected volumes come from. */
export interface TokenSource {
  token(request: {
    pod: ReadonlyPod;
    audience: string | undefined;
    expirationSeconds: number;
  }): Promise<string>;
}

/** What a volume may use while it is set up. */
export interface VolumeContext {
  readonly pod: ReadonlyPod;
  /** On disk: `/var/lib/kubelet/pods/<uid>`. */
  readonly podDir: string;
  /** In memory, for what must not reach a disk. */
  readonly memoryDir: string;
  /** Objects of the pod's namespace; undefined: not found. */
  configMap(name: string): Promise<DeepReadonly<ConfigMap> | undefined>;
  secret(name: string): Promise<DeepReadonly<Secret> | undefined>;
  readonly facts: DownwardFacts;
  readonly tokens: TokenSource;
  readonly mounter: Mounter;
}

/** How one type of volume is set up. Idempotent: it is called again to bring a living volume up to date. */
export interface VolumeType {
  /** True for volumes of this type. */
  claims(volume: ReadonlyVolume): boolean;
  /** Contents follow API objects, so `setUp` is worth calling again. */
  readonly isLive: boolean;
  /** Resolves to the path on the node. Throws {@link VolumeError}. */
  setUp(context: VolumeContext, volume: ReadonlyVolume): Promise<string>;
}

/** `<dir>/volumes/kubernetes.io~<plugin>/<name>`: the layout that tools looking at a node know. */
export function volumePath(dir: string, plugin: string, name: string): string {
  return `${dir}/volumes/kubernetes.io~${plugin}/${name}`;
}

export function fsGroupOf(pod: ReadonlyPod): number | undefined {
  return pod.spec?.securityContext?.fsGroup;
}

/** The user that all containers of a pod run as; undefined where they differ or one of them does not say. */
export function fsUserOf({ spec }: ReadonlyPod): number | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const users = containers.map((own) => own.securityContext?.runAsUser ?? spec?.securityContext?.runAsUser);
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}
