import { getOwn, isJsonObject, setOwn } from '../lib/json.ts';
import type { Json } from '../lib/types.ts';
import { ApiError } from './status.ts';

/** What makes two items the same: the merge key's value, or, in lists of scalars, the value. */
export function identityOf(item: Json, mergeKey: string | undefined): string | undefined {
  if (mergeKey === undefined) return JSON.stringify(item);
  const value = isJsonObject(item) ? getOwn(item, mergeKey) : undefined;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function isDirective(key: string): boolean {
  return (
    key === '$patch' ||
    key === '$retainKeys' ||
    key.startsWith('$setElementOrder/') ||
    key.startsWith('$deleteFromPrimitiveList/')
  );
}

/** A value that is taken as it is: its directives, the items they delete, and its nulls do not come along. */
export function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) {
    const kept = value.filter(
      (item) => !isJsonObject(item) || item.$patch === undefined || item.$patch === 'merge',
    );
    return kept.map((item) => withoutDirectives(item));
  }
  if (!isJsonObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined && member !== null && !isDirective(key))
      setOwn(result, key, withoutDirectives(member));
  }
  return result;
}

/** The items a patch sets must stand in its order list, and in that order. Throws ApiError BadRequest. */
export function refuseOtherOrder(
  items: readonly Json[],
  order: readonly Json[],
  list: { readonly key: string; readonly mergeKey: string | undefined },
): void {
  const positions = new Map(order.map((item, index) => [identityOf(item, list.mergeKey), index]));
  let last = -1;
  for (const item of items) {
    if (isJsonObject(item) && item.$patch !== undefined) continue;
    const position = positions.get(identityOf(item, list.mergeKey));
    if (position === undefined || position < last) {
      const text = `The order in patch list:\n${JSON.stringify(items)}\n doesn't match $setElementOrder/${list.key} list:\n${JSON.stringify(order)}\n`;
      throw ApiError.of('BadRequest', text);
    }
    last = position;
  }
}

export interface Order {
  /** How the patch wants its items. */
  readonly order: readonly Json[];
  /** How the server had them before. */
  readonly serverOrder: readonly Json[];
  readonly mergeKey: string | undefined;
}

/**
 * Items named by `order` in that order; items only the server has keep their order among themselves and come
 * before a named item exactly when the server had them before it.
 */
export function mergeOrder(items: readonly Json[], { order, serverOrder, mergeKey }: Order): Json[] {
  const wanted = new Map(order.map((item, index) => [identityOf(item, mergeKey), index]));
  const served = new Map(serverOrder.map((item, index) => [identityOf(item, mergeKey), index]));
  const rank = (ranks: ReadonlyMap<string | undefined, number>, item: Json) =>
    ranks.get(identityOf(item, mergeKey));
  const named = items.filter((item) => rank(wanted, item) !== undefined);
  const serverOnly = items.filter((item) => rank(wanted, item) === undefined);
  named.sort((a, b) => (rank(wanted, a) ?? 0) - (rank(wanted, b) ?? 0));
  serverOnly.sort((a, b) => (rank(served, a) ?? 0) - (rank(served, b) ?? 0));
  const result: Json[] = [];
  let next = 0;
  for (const item of named) {
    const position = rank(served, item);
    for (;;) {
      const candidate = serverOnly[next];
      const before = candidate === undefined ? undefined : rank(served, candidate);
      if (candidate === undefined || position === undefined || before === undefined || before >= position)
        break;
      result.push(candidate);
      next++;
    }
    result.push(item);
  }
  return [...result, ...serverOnly.slice(next)];
}
