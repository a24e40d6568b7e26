import type { AnyKind } from '@shared/kinds/define.ts';

/** The kinds a server serves, found by their names in constant time. */
export class KindTable {
  readonly all: readonly AnyKind[];
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKey = new Map<string, AnyKind>();

  constructor(kinds: readonly AnyKind[]) {
    this.all = kinds;
    for (const kind of kinds) {
      this.#byResource.set(`${kind.group}/${kind.version}/${kind.plural}`, kind);
      this.#byKey.set(kind.group === '' ? kind.plural : `${kind.group}/${kind.plural}`, kind);
    }
  }

  byResource(group: string, version: string, plural: string): AnyKind | undefined {
    return this.#byResource.get(`${group}/${version}/${plural}`);
  }

  /** The kind whose objects live under a store key; undefined for keys that hold no objects. */
  byStoreKey(key: string): AnyKind | undefined {
    const start = '/registry/'.length;
    const first = key.indexOf('/', start);
    const core = this.#byKey.get(key.slice(start, first));
    if (core) return core;
    return this.#byKey.get(key.slice(start, key.indexOf('/', first + 1)));
  }
}
