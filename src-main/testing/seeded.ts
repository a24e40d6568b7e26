/** Deterministic randomness for tests: the same seed gives the same sequence (mulberry32). */
export interface Seeded {
  readonly seed: number;
  /** An integer in [0, below). */
  int(below: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** Without a seed: SLIPWAY_TEST_SEED, or one that a failing test's message has to name. */
export function seeded(seed = Number(process.env.SLIPWAY_TEST_SEED ?? Date.now() % 1_000_000)): Seeded {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number) => Math.floor(next() * below);
  return { seed, int, pick: (items) => items[int(items.length)] ?? items[0] };
}
