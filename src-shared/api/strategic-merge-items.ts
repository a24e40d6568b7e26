import { goText, goTypeOf } from '../lib/go-text.ts';
import type { Json } from '../lib/types.ts';
import { ApiError } from './status.ts';
import { identityOf } from './strategic-merge-lists.ts';

/** A list under way: items are found by their merge key; of several with the same key the first counts. */
export class KeyedList {
  readonly #mergeKey: string;
  readonly #items: (Json | undefined)[];
  readonly #indexes = new Map<string, number>();

  constructor(items: readonly Json[], mergeKey: string) {
    this.#mergeKey = mergeKey;
    this.#items = [...items];
    for (const [index, item] of items.entries()) {
      const identity = this.identityOf(item);
      if (!this.#indexes.has(identity)) this.#indexes.set(identity, index);
    }
  }

  /** Throws ApiError BadRequest for an item without the merge key. */
  identityOf(item: Json): string {
    const identity = identityOf(item, this.#mergeKey);
    if (identity !== undefined) return identity;
    const text = `map: ${goText(item)} does not contain declared merge key: ${this.#mergeKey}`;
    throw ApiError.of('BadRequest', text);
  }

  get(identity: string): Json | undefined {
    const index = this.#indexes.get(identity);
    return index === undefined ? undefined : this.#items[index];
  }

  set(identity: string, item: Json): void {
    const index = this.#indexes.get(identity) ?? this.#items.length;
    this.#indexes.set(identity, index);
    this.#items[index] = item;
  }

  /** Removes every item with this key. */
  delete(identity: string): void {
    if (!this.#indexes.delete(identity)) return;
    for (const [index, item] of this.#items.entries()) {
      if (item !== undefined && this.identityOf(item) === identity) this.#items[index] = undefined;
    }
  }

  items(): Json[] {
    return this.#items.filter((item) => item !== undefined);
  }
}

/** Lists merge only when all their items are of one type, and not lists. Throws ApiError BadRequest. */
export function refuseMixedItems(original: readonly Json[], patch: readonly Json[]): void {
  const types = new Set([...original, ...patch].map(goTypeOf));
  if (types.has('[]interface {}')) throw ApiError.of('BadRequest', 'lists of lists are not supported');
  if (types.size < 2) return;
  const shown = goText([original, patch]);
  throw ApiError.of('BadRequest', `list element types are not identical: ${shown}`);
}
