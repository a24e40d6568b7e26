import type { AnyKind } from '@shared/kinds/define.ts';
import type { AnyObject } from './list-model.ts';

/** An object and what it is. */
export interface Found {
  readonly kind: AnyKind;
  readonly object: AnyObject;
}

/**
 * What the garbage collector would remove along with `roots`: objects whose owners all go, directly or by way
 * of others. An object with an owner that stays is not counted.
 */
export function goesWith(roots: readonly AnyObject[], all: readonly Found[]): readonly Found[] {
  const going = new Set(roots.map((root) => root.metadata?.uid));
  const found: Found[] = [];
  let rest = all.filter(
    ({ object }) => !going.has(object.metadata?.uid) && (object.metadata?.ownerReferences?.length ?? 0) > 0,
  );
  for (let grew = true; grew; ) {
    const next = rest.filter(({ object }) =>
      object.metadata?.ownerReferences?.every((owner) => going.has(owner.uid)),
    );
    grew = next.length > 0;
    for (const item of next) {
      going.add(item.object.metadata?.uid);
      found.push(item);
    }
    rest = rest.filter(({ object }) => !going.has(object.metadata?.uid));
  }
  return found;
}

/** Objects directly owned by the object with that uid. */
export function ownedBy(uid: string | undefined, all: readonly Found[]): readonly Found[] {
  if (uid === undefined) return [];
  return all.filter(({ object }) => object.metadata?.ownerReferences?.some((owner) => owner.uid === uid));
}

/** The same, gathered by kind, in order of first appearance. */
export function byKind(found: readonly Found[]): readonly { kind: AnyKind; objects: readonly AnyObject[] }[] {
  const groups = new Map<AnyKind, AnyObject[]>();
  for (const { kind, object } of found) {
    const group = groups.get(kind) ?? [];
    group.push(object);
    groups.set(kind, group);
  }
  return [...groups].map(([kind, objects]) => ({ kind, objects }));
}
