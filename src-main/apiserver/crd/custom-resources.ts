import { isReason } from '@shared/api/status.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import {
  type Crd,
  cleanupFinalizer,
  isConditionTrue,
} from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { Entry, StoreEvent } from '../../store/store.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import type { DynamicSchemas } from '../dynamic-schemas.ts';
import { cloneJson, type DraftObject, objectOf, storeKey, storePrefix } from '../objects.ts';
import { deleteObject } from '../registry/delete.ts';
import { storedKind } from '../registry/versions.ts';
import { updateObject } from '../registry/write.ts';
import { WebhookClient } from '../webhook-client.ts';
import { converterOf } from './conversion.ts';
import { createWebhookConverter } from './conversion-webhook.ts';
import { type CustomKinds, customKinds } from './custom-kind.ts';
import { rulesOf } from './rules.ts';
import { acceptedStatus, isSameStatus, takenNames, type Verdict, withVerdicts } from './status.ts';

/** Who the server writes definitions as. */
const writer: WriteOptions = {
  user: { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
  dryRun: false,
  fieldManager: 'kube-apiserver',
  fieldValidation: 'Ignore',
  force: false,
  warnings: [],
};

interface Served {
  /** What of the definition matters for its kinds: unchanged, they stay the same values and watches go on. */
  readonly shape: string;
  readonly kinds: readonly AnyKind[];
}

/**
 * Serves what CustomResourceDefinitions define. It follows them in the store, so that every server over one store
 * serves the same: names are accepted or refused, established definitions become kinds in the same tick, and those
 * being deleted lose their objects first.
 */
export class CustomResources implements Disposable {
  readonly #server: ServerContext;
  readonly #schemas: DynamicSchemas;
  readonly #ask: ReturnType<typeof createWebhookConverter>;
  readonly #crds = new Map<string, Crd>();
  readonly #served = new Map<string, Served>();
  readonly #queue = new Set<string>();
  readonly #held: Disposable[] = [];
  #working: Promise<void> | undefined;
  #isDisposed = false;

  constructor(server: ServerContext, schemas: DynamicSchemas) {
    this.#server = server;
    this.#schemas = schemas;
    const client = new WebhookClient(server);
    this.#held.push(client);
    this.#ask = createWebhookConverter(client);
  }

  /** Serves what is defined already; resolves when it does. Later changes follow by themselves. */
  async start(): Promise<void> {
    const prefix = storePrefix(crdKind);
    const { entries, revision } = await this.#server.store.range(prefix);
    for (const entry of entries) this.#noteCrd(crdOf(entry));
    if (this.#isDisposed) return;
    this.#held.push(this.#server.store.watch('/registry/', revision, (events) => this.#follow(events)));
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const held of this.#held.splice(0)) held.dispose();
  }

  #follow(events: readonly StoreEvent[]): void {
    const prefix = storePrefix(crdKind);
    for (const event of events) {
      const { key } = event.type === 'put' ? event.entry : event.previous;
      if (key.startsWith(prefix)) {
        if (event.type === 'put') this.#noteCrd(crdOf(event.entry));
        else this.#forget(crdOf(event.previous));
      } else if (event.type === 'delete' && this.#crds.size > 0) this.#noteRemoval(key);
    }
  }

  /** An object of a definition that is being deleted is gone: the definition may be able to go as well. */
  #noteRemoval(key: string): void {
    for (const [name, crd] of this.#crds) {
      if (crd.metadata?.deletionTimestamp === undefined) continue;
      if (key.startsWith(storePrefix(instancesOf(crd)))) this.#enqueue(name);
    }
  }

  #noteCrd(crd: Crd): void {
    const name = crd.metadata?.name ?? '';
    this.#crds.set(name, crd);
    this.#serve(name, crd);
    this.#enqueue(name);
  }

  #forget(crd: Crd): void {
    const name = crd.metadata?.name ?? '';
    this.#crds.delete(name);
    this.#unserve(name);
    // Somebody may have waited for the names.
    for (const [other, { spec }] of this.#crds) if (spec.group === crd.spec.group) this.#enqueue(other);
  }

  #unserve(name: string): void {
    if (!this.#served.delete(name)) return;
    this.#server.kinds.setDynamic(name, []);
    this.#schemas.set(name, new Map());
  }

  #serve(name: string, crd: Crd): void {
    if (!isConditionTrue(crd, 'Established')) {
      this.#unserve(name);
      return;
    }
    const shape = shapeOf(crd);
    if (this.#served.get(name)?.shape === shape) return;
    let custom: CustomKinds;
    try {
      custom = customKinds(crd, { converter: converterOf(crd, this.#ask), rulesOf });
    } catch (error) {
      this.#server.log('a custom resource definition cannot be served', { name, error: String(error) });
      return;
    }
    const kinds = custom.kinds.filter((kind) => !this.#isBuiltin(name, kind));
    this.#schemas.set(name, custom.schemas);
    this.#served.set(name, { shape, kinds });
    this.#server.kinds.setDynamic(name, kinds);
  }

  #isBuiltin(name: string, kind: AnyKind): boolean {
    const present = this.#server.kinds.byResource(kind.group, kind.version, kind.plural);
    return present !== undefined && !this.#served.get(name)?.kinds.includes(present);
  }

  #enqueue(name: string): void {
    this.#queue.add(name);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#queue.size > 0 && !this.#isDisposed) this.#enqueue([...this.#queue][0] ?? '');
    });
  }

  async #work(): Promise<void> {
    // The watch's own delivery comes first.
    await Promise.resolve();
    for (const name of this.#queue) {
      this.#queue.delete(name);
      if (this.#isDisposed) return;
      try {
        await this.#reconcile(name);
      } catch (error) {
        if (!isReason(error, 'NotFound') && !this.#isDisposed)
          this.#server.log('a custom resource definition could not be settled', {
            name,
            error: String(error),
          });
      }
    }
  }

  async #reconcile(name: string): Promise<void> {
    const entry = await this.#server.store.get(storeKey(crdKind, '', name));
    if (!entry) return;
    const crd = crdOf(entry);
    if (crd.metadata?.deletionTimestamp !== undefined) {
      if (crd.metadata.finalizers?.includes(cleanupFinalizer)) await this.#terminate(name, crd);
      return;
    }
    const others = [...this.#crds.values()].filter(
      (other) => other.spec.group === crd.spec.group && other.metadata?.name !== name,
    );
    const nowMs = this.#server.clock.now();
    const wanted = acceptedStatus(crd, takenNames(others), nowMs);
    if (!isSameStatus(wanted, crd.status))
      await this.#setStatus(name, (now) => acceptedStatus(now, takenNames(others), nowMs));
  }

  /** Deletes every object of a definition; when none is left, lets the definition go. */
  async #terminate(name: string, crd: Crd): Promise<void> {
    if (!isConditionTrue(crd, 'Terminating')) {
      await this.#setTerminating(name, {
        status: 'True',
        reason: 'InstanceDeletionInProgress',
        message: 'CustomResource deletion is in progress',
      });
    }
    const kind = this.#instanceKind(name, crd);
    const { entries } = await this.#server.store.range(storePrefix(kind));
    for (const entry of entries) await this.#deleteInstance(kind, entry);
    const left = await this.#server.store.range(storePrefix(kind), { limit: 1 });
    if (left.entries.length > 0) return;
    await this.#setTerminating(name, {
      status: 'False',
      reason: 'InstanceDeletionCompleted',
      message: 'removed all instances',
    });
    const target = { kind: crdKind, namespace: '', name, subresource: '' };
    await updateObject(this.#server, target, writer, (old) => {
      const draft = cloneJson<DraftObject>(old);
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer);
      return { draft };
    });
  }

  /** The kind by which objects are deleted as they are stored: without asking a webhook that may be gone. */
  #instanceKind(name: string, crd: Crd): AnyKind {
    const [served] = this.#served.get(name)?.kinds ?? [];
    return served
      ? storedKind(served)
      : { ...crdKind, ...instancesOf(crd), namespaced: crd.spec.scope === 'Namespaced' };
  }

  async #deleteInstance(kind: AnyKind, entry: Entry): Promise<void> {
    const { namespace = '', name = '', deletionTimestamp } = objectOf(entry).metadata;
    if (deletionTimestamp !== undefined) return;
    const request = {
      gracePeriodSeconds: undefined,
      propagationPolicy: undefined,
      uid: undefined,
      resourceVersion: undefined,
      options: { ...writer, isInternal: true },
    };
    try {
      await deleteObject(this.#server, { kind, namespace, name, subresource: '' }, request);
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }

  #setTerminating(name: string, verdict: Omit<Verdict, 'type'>): Promise<void> {
    return this.#setStatus(name, (crd) => ({
      ...crd.status,
      conditions: withVerdicts(crd, [{ type: 'Terminating', ...verdict }], this.#server.clock.now()),
    }));
  }

  async #setStatus(name: string, make: (crd: Crd) => Crd['status']): Promise<void> {
    const target = { kind: crdKind, namespace: '', name, subresource: 'status' };
    await updateObject(this.#server, target, writer, (old) => {
      const status = make(old as unknown as Crd);
      return { draft: cloneJson<DraftObject>({ ...old, status }) };
    });
  }
}

function crdOf(entry: { readonly value: JsonObject }): Crd {
  return entry.value as unknown as Crd;
}

function instancesOf({ spec }: Crd): Pick<AnyKind, 'group' | 'plural'> & { readonly conversion?: never } {
  return { group: spec.group, plural: spec.names.plural };
}

/** Everything kinds are made of, as text. */
function shapeOf({ spec, status, metadata }: DeepReadonly<Crd>): string {
  const isTerminating = status?.conditions?.some(
    (one) => one.type === 'Terminating' && one.status === 'True',
  );
  const isFirst = (metadata?.generation ?? 1) === 1;
  return JSON.stringify([spec, status?.acceptedNames, status?.storedVersions, isTerminating, isFirst]);
}
