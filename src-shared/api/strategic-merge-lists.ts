import { goText } from '../lib/go-text.ts';
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

function hasDirective(value: Json): boolean {
  return isJsonObject(value) && getOwn(value, '$patch') !== undefined;
}

/**
 * A value that is taken as it is: its nulls, its directives and what is in it that would delete or replace something
 * do not come along.
 */
export function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) {
    const kept = value.filter((item) => !hasDirective(item));
    return kept.map((item) => withoutDirectives(item));
  }
  if (!isJsonObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined && member !== null && !isDirective(key) && !hasDirective(member))
      setOwn(result, key, withoutDirectives(member));
  }
  return result;
}

/** The items a patch sets must stand in its order list, and in that order. Throws ApiError BadRequest. */
export function refuseOtherOrder(
  items: readonly Json[],
  order: readonly Json[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0) return;
  const positions = positionsOf(order, mergeKey);
  let last = -1;
  for (const item of items) {
    if (hasDirective(item)) continue;
    const position = positions.get(identityOf(item, mergeKey));
    if (position === undefined || position < last) {
      const text = `The order in patch list:\n${goText(items)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`;
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
  const wanted = positionsOf(order, mergeKey);
  const served = positionsOf(serverOrder, mergeKey);
  const ranked = items.map((item) => {
    const identity = identityOf(item, mergeKey);
    return { item, wanted: wanted.get(identity), served: served.get(identity) };
  });
  const named = ranked.filter((item) => item.wanted !== undefined);
  const serverOnly = ranked.filter((item) => item.wanted === undefined);
  named.sort((a, b) => (a.wanted ?? 0) - (b.wanted ?? 0));
  serverOnly.sort((a, b) => (a.served ?? 0) - (b.served ?? 0));
  const result: Json[] = [];
  let next = 0;
  for (const { item, served: position } of named) {
    for (;;) {
      const candidate = serverOnly[next];
      if (candidate?.served === undefined || position === undefined || candidate.served >= position) break;
      result.push(candidate.item);
      next++;
    }
    result.push(item);
  }
  return [...result, ...serverOnly.slice(next).map(({ item }) => item)];
}

/** Where each item stands; of several that are the same, the first. */
function positionsOf(
  items: readonly Json[],
  mergeKey: string | undefined,
): ReadonlyMap<string | undefined, number> {
  const positions = new Map<string | undefined, number>();
  for (const [index, item] of items.entries()) {
    const identity = identityOf(item, mergeKey);
    if (!positions.has(identity)) positions.set(identity, index);
  }
  return positions;
}
