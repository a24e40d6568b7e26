import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { storedKind } from './registry/versions.ts';

/** Kinds that are served from now on, and kinds that no longer are. A changed kind is in both. */
export interface KindChange {
  readonly added: readonly AnyKind[];
  readonly removed: readonly AnyKind[];
}

/**
 * The kinds a server serves, found by their names in constant time. Beside the built-in ones there are those that
 * come and go while it runs (custom resources): each belongs to an owner, who replaces all of his at once.
 */
export class KindTable {
  #all: readonly AnyKind[];
  readonly #builtin: readonly AnyKind[];
  readonly #dynamic = new Map<string, readonly AnyKind[]>();
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKey = new Map<string, AnyKind>();
  readonly #listeners = new Set<(change: KindChange) => void>();
  #generation = 0;

  constructor(kinds: readonly AnyKind[]) {
    this.#builtin = kinds;
    this.#all = kinds;
    for (const kind of kinds) this.#add(kind);
  }

  get all(): readonly AnyKind[] {
    return this.#all;
  }

  /** Raised whenever the kinds change: what was derived from them is renewed then. */
  get generation(): number {
    return this.#generation;
  }

  /** Every kind that has objects in the store, each once. */
  get stored(): readonly AnyKind[] {
    return [...new Set(this.#byKey.values())];
  }

  byResource(group: string, version: string, plural: string): AnyKind | undefined {
    return this.#byResource.get(`${group}/${version}/${plural}`);
  }

  /** The kind whose objects live under a store key, in the version they are stored in; undefined for other keys. */
  byStoreKey(key: string): AnyKind | undefined {
    const start = '/registry/'.length;
    const first = key.indexOf('/', start);
    const core = this.#byKey.get(key.slice(start, first));
    if (core) return core;
    return this.#byKey.get(key.slice(start, key.indexOf('/', first + 1)));
  }

  /**
   * Serves exactly these kinds for this owner; none: all of his are gone. Takes effect at once, and listeners hear
   * of it before this returns. Kinds handed in again unchanged (the same value) are not touched.
   */
  setDynamic(owner: string, kinds: readonly AnyKind[]): void {
    const before = this.#dynamic.get(owner) ?? [];
    const removed = before.filter((kind) => !kinds.includes(kind));
    const added = kinds.filter((kind) => !before.includes(kind));
    if (removed.length === 0 && added.length === 0) return;
    if (kinds.length === 0) this.#dynamic.delete(owner);
    else this.#dynamic.set(owner, kinds);
    for (const kind of removed) this.#remove(kind);
    for (const kind of kinds) this.#add(kind);
    this.#all = [...this.#builtin, ...[...this.#dynamic.values()].flat()];
    this.#generation++;
    for (const listener of [...this.#listeners]) listener({ added, removed });
  }

  /** Tells of every change, until disposed. */
  onChange(listener: (change: KindChange) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  #add(kind: AnyKind): void {
    this.#byResource.set(resourceKey(kind), kind);
    if (kind.stored) this.#byKey.set(groupResource(storedKind(kind)), storedKind(kind));
  }

  #remove(kind: AnyKind): void {
    this.#byResource.delete(resourceKey(kind));
    this.#byKey.delete(groupResource(storedKind(kind)));
  }
}

function resourceKey({ group, version, plural }: AnyKind): string {
  return `${group}/${version}/${plural}`;
}

function groupResource({ group, plural }: AnyKind): string {
  return group === '' ? plural : `${group}/${plural}`;
}
