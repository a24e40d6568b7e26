import type { DeepReadonly } from './types.ts';

/**
 * Freezes a JSON value all the way down and returns it. Parts that are frozen already are taken to be frozen
 * below as well, so freezing a new object that shares most of an old one is cheap.
 */
export function deepFreeze<T>(value: T): DeepReadonly<T> {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== 'object' || item === null || Object.isFrozen(item)) continue;
    Object.freeze(item);
    for (const member of Object.values(item)) if (typeof member === 'object') pending.push(member);
  }
  return value as DeepReadonly<T>;
}
