import { apiVersionOf, type KubeList, type KubeObject } from '../api/meta.ts';
import type { AnyKind } from '../kinds/define.ts';
import type { DeepReadonly } from '../lib/types.ts';
import type { PatchType, Transport } from './transport.ts';

/** Names one object. `namespace` is required exactly for namespaced kinds. */
export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  /** Server-side apply only: take over fields others own. */
  readonly force?: boolean;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly subresource?: string;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Typed calls over any {@link Transport}. Returned objects are shared and read-only: copy along the path you
 * change. Every call rejects with `ApiError` when the server refuses.
 */
export class Client {
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  async get<T extends KubeObject>(
    kind: ObjectType<T>,
    ref: ObjectRef,
    options: { signal?: AbortSignal } = {},
  ): Promise<DeepReadonly<T>> {
    return (await this.transport.request({
      method: 'GET',
      path: objectPath(kind, ref),
      ...options,
    })) as DeepReadonly<T>;
  }

  async list<T extends KubeObject>(
    kind: ObjectType<T>,
    options: ListOptions = {},
  ): Promise<DeepReadonly<KubeList<T>>> {
    const { namespace, signal, limit, ...query } = options;
    return (await this.transport.request({
      method: 'GET',
      path: collectionPath(kind, namespace),
      query: { ...query, ...(limit !== undefined && { limit: String(limit) }) },
      ...(signal && { signal }),
    })) as DeepReadonly<KubeList<T>>;
  }

  async create<T extends KubeObject>(
    kind: ObjectType<T>,
    object: NoInfer<DeepReadonly<T>>,
    options: WriteOptions = {},
  ): Promise<DeepReadonly<T>> {
    const path = collectionPath(kind, object.metadata?.namespace);
    return (await this.transport.request({
      method: 'POST',
      path,
      body: object,
      ...writeQuery(options),
    })) as DeepReadonly<T>;
  }

  /** Replaces the object; 409 Conflict when metadata.resourceVersion is set and no longer current. */
  async update<T extends KubeObject>(
    kind: ObjectType<T>,
    object: NoInfer<DeepReadonly<T>>,
    options: WriteOptions = {},
  ): Promise<DeepReadonly<T>> {
    const path = objectPath(kind, refOf(object), options.subresource);
    return (await this.transport.request({
      method: 'PUT',
      path,
      body: object,
      ...writeQuery(options),
    })) as DeepReadonly<T>;
  }

  /** `update` through the `status` subresource. */
  updateStatus<T extends KubeObject>(
    kind: ObjectType<T>,
    object: NoInfer<DeepReadonly<T>>,
    options: WriteOptions = {},
  ): Promise<DeepReadonly<T>> {
    return this.update(kind, object, { ...options, subresource: 'status' });
  }

  async patch<T extends KubeObject>(
    kind: ObjectType<T>,
    ref: ObjectRef,
    patch: { type: PatchType; body: unknown },
    options: WriteOptions = {},
  ): Promise<DeepReadonly<T>> {
    const path = objectPath(kind, ref, options.subresource);
    return (await this.transport.request({
      method: 'PATCH',
      path,
      body: patch.body,
      patchType: patch.type,
      ...writeQuery(options),
    })) as DeepReadonly<T>;
  }

  /** Answers with the object (when it lives on for a grace period or finalizers) or a Status. */
  async delete<T extends KubeObject>(
    kind: ObjectType<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<unknown> {
    const { signal, dryRun, ...body } = options;
    return this.transport.request({
      method: 'DELETE',
      path: objectPath(kind, ref),
      body: deleteOptions(body, dryRun),
      ...(signal && { signal }),
    });
  }

  /** Deletes every object of a namespace (or of the cluster) that the selectors match. */
  async deleteCollection<T extends KubeObject>(
    kind: ObjectType<T>,
    selection: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { signal, dryRun, ...body } = options;
    const { namespace, ...query } = selection;
    await this.transport.request({
      method: 'DELETE',
      path: collectionPath(kind, namespace),
      body: deleteOptions(body, dryRun),
      query,
      ...(signal && { signal }),
    });
  }

  /** POSTs to a subresource: `binding`, `eviction`, `token`. */
  async post<T extends KubeObject>(
    kind: ObjectType<T>,
    ref: ObjectRef,
    subresource: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<unknown> {
    return this.transport.request({
      method: 'POST',
      path: objectPath(kind, ref, subresource),
      body,
      ...writeQuery(options),
    });
  }
}

/** What it takes to address a kind. */
export type Resource = Pick<AnyKind, 'group' | 'version' | 'plural' | 'namespaced'>;

/** What it takes to address a kind and to type its objects. Every `Kind<T>` is one; discovery yields others. */
export interface ObjectType<T extends KubeObject = KubeObject> extends Resource {
  readonly kind: string;
  /** Phantom: carries T; never present at run time. */
  readonly objectType?: T;
}

/** `/api/v1/namespaces/x/pods`, `/apis/apps/v1/deployments` (all namespaces). */
export function collectionPath(kind: Resource, namespace?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const scope =
    kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.plural}`;
}

/** Path of one object, or of one of its subresources. */
export function objectPath(kind: Resource, ref: ObjectRef, subresource?: string): string {
  const path = `${collectionPath(kind, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** The reference under which an object is addressed. */
export function refOf(object: {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}): ObjectRef {
  return { name: object.metadata?.name ?? '', namespace: object.metadata?.namespace };
}

/** A body makes what the query says void: a dry run stands in it as well. */
function deleteOptions(options: object, dryRun: boolean | undefined): object {
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...options, ...(dryRun && { dryRun: ['All'] }) };
}

function writeQuery(options: WriteOptions): {
  query: Record<string, string | undefined>;
  signal?: AbortSignal;
} {
  const { fieldManager, dryRun, force, fieldValidation, signal } = options;
  return {
    query: {
      fieldManager,
      fieldValidation,
      ...(dryRun && { dryRun: 'All' }),
      ...(force && { force: 'true' }),
    },
    ...(signal && { signal }),
  };
}
