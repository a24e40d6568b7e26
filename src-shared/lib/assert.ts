/** Throws when an invariant of ours is broken. Never for input: input gets an ApiError or AppError. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** In the `default` of a `switch` over a closed union: the compiler complains when a member is missed. */
export function assertNever(value: never): never {
  throw new Error(`assertion failed: unexpected ${JSON.stringify(value)}`);
}
