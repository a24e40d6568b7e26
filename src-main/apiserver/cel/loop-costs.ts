/** What a loop costs beside its range and its parts, in the pieces CEL makes it of: names 1, lists 10, maps 30, calls 1. */
export interface LoopCost {
  /** The empty list or map it begins with; nothing at run time, where it is a constant. */
  readonly start: number;
  /** Whether to go on, asked before each turn. */
  readonly condition: number;
  readonly turn: number;
  readonly result: number;
}

const costs: ReadonlyMap<string, LoopCost> = new Map([
  ['all', { start: 0, condition: 2, turn: 1, result: 1 }],
  ['exists', { start: 0, condition: 3, turn: 1, result: 1 }],
  ['exists_one', { start: 0, condition: 0, turn: 2, result: 2 }],
  ['existsOne', { start: 0, condition: 0, turn: 2, result: 2 }],
  ['filter', { start: 10, condition: 0, turn: 13, result: 1 }],
  ['transformMap', { start: 30, condition: 0, turn: 3, result: 1 }],
  ['transformMapEntry', { start: 30, condition: 0, turn: 3, result: 1 }],
]);

const collecting: LoopCost = { start: 10, condition: 0, turn: 12, result: 1 };

/** Source: cel-go, `parser/macro.go`, `ext/comprehensions.go`. */
export function loopCost(name: string): LoopCost {
  return costs.get(name) ?? collecting;
}
