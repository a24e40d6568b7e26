import type { Pod } from '@shared/kinds/wire.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { Entry, Store, StoreEvent } from '../../store/store.ts';
import { objectOf } from '../objects.ts';

export type ReferencedKind =
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'serviceaccounts'
  | 'resourceclaims';

interface KnownPod {
  readonly uid: string;
  readonly node: string;
  readonly ephemeral: number;
  /** The claims made for it, as text. */
  readonly claims: string;
  readonly references: readonly string[];
}

const prefix = '/registry/pods/';
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/**
 * Which objects the pods of each node refer to. It begins with the first question of a node: a cluster without
 * nodes of their own identity does not keep it. Kept up to date by a watch on the store.
 */
export class NodeGraph implements Disposable {
  readonly #store: Store;
  readonly #pods = new Map<string, KnownPod>();
  /** `secrets default/a` → node → how many pods. */
  readonly #nodes = new Map<string, Map<string, number>>();
  #watch: Disposable | undefined;
  #ready: Promise<void> | undefined;
  #waiting: StoreEvent[] | undefined = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether a pod on the node refers to the object. */
  async refers(node: string, kind: ReferencedKind, object: string): Promise<boolean> {
    await this.#start();
    return this.#nodes.get(`${kind} ${object}`)?.has(node) === true;
  }

  /** `namespace/name` of all objects of a kind that pods on the node refer to. */
  async referredBy(node: string, kind: ReferencedKind): Promise<string[]> {
    await this.#start();
    const found: string[] = [];
    for (const [key, nodes] of this.#nodes) {
      if (key.startsWith(`${kind} `) && nodes.has(node)) found.push(key.slice(kind.length + 1));
    }
    return found;
  }

  dispose(): void {
    this.#watch?.dispose();
  }

  #start(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  async #load(): Promise<void> {
    this.#watch = this.#store.watch(prefix, this.#store.revision, (events) => {
      if (this.#waiting) this.#waiting.push(...events);
      else this.#apply(events);
    });
    const { entries } = await this.#store.range(prefix);
    for (const entry of entries) this.#put(entry);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#apply(waiting);
  }

  #apply(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#put(event.entry);
      else this.#remove(event.previous.key);
    }
  }

  #put(entry: Entry): void {
    const pod = objectOf<Pod>(entry);
    const node = pod.spec?.nodeName ?? '';
    const uid = pod.metadata?.uid ?? '';
    const ephemeral = pod.spec?.ephemeralContainers?.length ?? 0;
    const made = pod.status?.resourceClaimStatuses;
    const claims = made ? JSON.stringify(made) : '';
    const known = this.#pods.get(entry.key);
    // A bound pod's references do not change, apart from those of ephemeral containers and to claims made for it.
    const same = known?.uid === uid && known.node === node && known.ephemeral === ephemeral;
    if (same && known.claims === claims) return;
    this.#remove(entry.key);
    // Nodes make mirror pods themselves: they shall not open anything to themselves.
    if (node === '' || pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) return;
    const references = referencesOf(pod);
    this.#pods.set(entry.key, { uid, node, ephemeral, claims, references });
    for (const reference of references) {
      const nodes = this.#nodes.get(reference) ?? new Map<string, number>();
      this.#nodes.set(reference, nodes.set(node, (nodes.get(node) ?? 0) + 1));
    }
  }

  #remove(key: string): void {
    const known = this.#pods.get(key);
    if (!known) return;
    this.#pods.delete(key);
    for (const reference of known.references) {
      const nodes = this.#nodes.get(reference);
      const count = nodes?.get(known.node) ?? 0;
      if (count > 1) nodes?.set(known.node, count - 1);
      else nodes?.delete(known.node);
      if (nodes?.size === 0) this.#nodes.delete(reference);
    }
  }
}

/** What a pod makes its node read: `secrets default/a`, each once. */
export function referencesOf(pod: Unchecked<Pod>): string[] {
  const { metadata, spec } = pod;
  const namespace = metadata?.namespace ?? '';
  const found = new Set<string>();
  const add = (kind: ReferencedKind, name: string | undefined) => {
    if (name) found.add(`${kind} ${namespace}/${name}`);
  };
  add('serviceaccounts', spec?.serviceAccountName);
  for (const { name } of spec?.imagePullSecrets ?? []) add('secrets', name);
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      add('secrets', valueFrom?.secretKeyRef?.name);
      add('configmaps', valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of envFrom ?? []) {
      add('secrets', secretRef?.name);
      add('configmaps', configMapRef?.name);
    }
  }
  for (const volume of spec?.volumes ?? []) addVolume(volume, metadata?.name ?? '', add);
  for (const { resourceClaimName } of spec?.resourceClaims ?? []) add('resourceclaims', resourceClaimName);
  for (const status of pod.status?.resourceClaimStatuses ?? [])
    add('resourceclaims', status.resourceClaimName);
  return [...found];
}

type PodVolume = NonNullable<NonNullable<Unchecked<Pod>['spec']>['volumes']>[number];

function addVolume(
  volume: PodVolume,
  podName: string,
  add: (kind: ReferencedKind, name: string | undefined) => void,
): void {
  add('secrets', volume.secret?.secretName);
  add('configmaps', volume.configMap?.name);
  add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral) add('persistentvolumeclaims', `${podName}-${volume.name}`);
  add('secrets', volume.csi?.nodePublishSecretRef?.name);
  for (const source of volume.projected?.sources ?? []) {
    add('secrets', source.secret?.name);
    add('configmaps', source.configMap?.name);
  }
  for (const plugin of [
    volume.cephfs,
    volume.cinder,
    volume.flexVolume,
    volume.iscsi,
    volume.rbd,
    volume.scaleIO,
    volume.storageos,
  ]) {
    add('secrets', plugin?.secretRef?.name);
  }
  add('secrets', volume.azureFile?.secretName);
}
