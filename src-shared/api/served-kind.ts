/** What discovery and OpenAPI need to know of a kind; every kind of the registry has this shape. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Name of the compiled schema. */
  readonly schema: string;
  readonly verbs: readonly string[];
  readonly hasStatus: boolean;
  readonly scale?: unknown;
  /** A deletion answers with the object, not with a Status. */
  readonly returnsDeletedObject?: boolean;
  readonly subresources: readonly string[];
}

export interface ServedSubresource {
  /** `status`, `log`, … */
  readonly name: string;
  /** What its body is. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Name of the body's schema; undefined where the body is no API object (`log`, `exec`). */
  readonly schema: string | undefined;
  readonly verbs: readonly string[];
}

const core = (kind: string) => ({ group: '', version: 'v1', kind });
const readWrite = ['get', 'patch', 'update'];
const connect = ['create', 'get'];
const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'];

/** Subresources whose body is not the kind itself. */
const others: Readonly<Record<string, Omit<ServedSubresource, 'name'>>> = {
  scale: {
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    schema: 'io.k8s.api.autoscaling.v1.Scale',
    verbs: readWrite,
  },
  binding: { kind: core('Binding'), schema: 'io.k8s.api.core.v1.Binding', verbs: ['create'] },
  eviction: {
    kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
    schema: 'io.k8s.api.policy.v1.Eviction',
    verbs: ['create'],
  },
  token: {
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    schema: 'io.k8s.api.authentication.v1.TokenRequest',
    verbs: ['create'],
  },
  exec: { kind: core('PodExecOptions'), schema: undefined, verbs: connect },
  attach: { kind: core('PodAttachOptions'), schema: undefined, verbs: connect },
  portforward: { kind: core('PodPortForwardOptions'), schema: undefined, verbs: connect },
};

/** Verbs of subresources whose body is the kind itself; others allow get, patch and update. */
const ownVerbs: Readonly<Record<string, readonly string[]>> = { log: ['get'], finalize: ['update'] };

/** Every subresource of a kind, by name: `status` and `scale` where the kind has them, and its further ones. */
export function subresourcesOf(kind: ServedKind): ServedSubresource[] {
  const names = new Set(kind.subresources);
  if (kind.hasStatus) names.add('status');
  if (kind.scale !== undefined) names.add('scale');
  return [...names].toSorted().map((name) => subresourceNamed(kind, name));
}

function subresourceNamed(kind: ServedKind, name: string): ServedSubresource {
  const other = Object.hasOwn(others, name) ? others[name] : undefined;
  if (other) return { name, ...other };
  if (name === 'proxy')
    return { name, kind: core(`${kind.kind}ProxyOptions`), schema: undefined, verbs: proxyVerbs };
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  return {
    name,
    kind: own,
    schema: name === 'log' ? undefined : kind.schema,
    verbs: ownVerbs[name] ?? readWrite,
  };
}
