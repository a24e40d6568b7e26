import type { Environment } from '@marcbachmann/cel-js';
import { charge } from './cost.ts';
import { type LoopCost, loopCost } from './loop-costs.ts';

/** What the library hands to macros; it publishes no types for it. */
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Context {
  forkWithVariable(name: string, type: unknown): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: unknown): Context;
}
interface Checker {
  check(node: Node, context: Context): CheckedType;
  getType(name: string): CheckedType;
  createError(code: string, message: string, node: Node): Error;
}
interface CheckedType {
  readonly kind: string;
  readonly keyType?: CheckedType;
  readonly valueType?: CheckedType;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
}
interface Loop {
  readonly receiver: Node;
  readonly names: readonly [string, string];
  readonly parts: readonly Node[];
  contexts?: readonly [Context, Context];
  readonly typeCheck: (checker: Checker, loop: Loop, context: Context) => CheckedType;
  readonly evaluate: (evaluator: Evaluator, loop: Loop, context: Context) => unknown;
}
interface MacroCall {
  readonly receiver: Node;
  readonly args: readonly Node[];
}

type Turn = (evaluate: (part: number) => unknown, entry: readonly [unknown, unknown]) => boolean;

/** One run over the entries: `turn` returns false to stop. */
interface Run {
  readonly turn: Turn;
  result(): unknown;
}

const macros: Readonly<Record<string, { readonly type: string; start(): Run }>> = {
  'all(ast, ast, ast)': {
    type: 'bool',
    start() {
      let holds = true;
      return {
        turn: (evaluate) => {
          holds = evaluate(0) === true;
          return holds;
        },
        result: () => holds,
      };
    },
  },
  'exists(ast, ast, ast)': { type: 'bool', start: () => counting((count) => count > 0) },
  'existsOne(ast, ast, ast)': { type: 'bool', start: () => counting((count) => count === 1) },
  'exists_one(ast, ast, ast)': { type: 'bool', start: () => counting((count) => count === 1) },
  'transformList(ast, ast, ast)': { type: 'list', start: () => transforming([], false) },
  'transformList(ast, ast, ast, ast)': { type: 'list', start: () => transforming([], true) },
  'transformMapEntry(ast, ast, ast)': { type: 'map', start: () => merging(false) },
  'transformMapEntry(ast, ast, ast, ast)': { type: 'map', start: () => merging(true) },
  'transformMap(ast, ast, ast)': { type: 'map', start: () => transforming(new Map(), false) },
  'transformMap(ast, ast, ast, ast)': { type: 'map', start: () => transforming(new Map(), true) },
};

function counting(isEnough: (count: number) => boolean): Run {
  let count = 0;
  return {
    turn: (evaluate) => {
      if (evaluate(0) === true) count++;
      return true;
    },
    result: () => isEnough(count),
  };
}

function transforming(into: unknown[] | Map<unknown, unknown>, isFiltered: boolean): Run {
  return {
    turn: (evaluate, [key]) => {
      if (isFiltered && evaluate(0) !== true) return true;
      const value = evaluate(isFiltered ? 1 : 0);
      if (Array.isArray(into)) into.push(value);
      else into.set(key, value);
      return true;
    },
    result: () => into,
  };
}

/** Every turn makes a map of its own; no key comes twice. */
function merging(isFiltered: boolean): Run {
  const into = new Map<unknown, unknown>();
  return {
    turn: (evaluate) => {
      if (isFiltered && evaluate(0) !== true) return true;
      for (const [key, value] of entriesOf(evaluate(isFiltered ? 1 : 0))) {
        if (into.has(key)) throw new Error(`insert failed: key ${String(key)} already exists`);
        into.set(key, value);
      }
      return true;
    },
    result: () => into,
  };
}

/** Loops over index and item, or key and value. https://pkg.go.dev/github.com/google/cel-go/ext#TwoVarComprehensions */
export function loopMacros(environment: Environment): void {
  for (const [signature, { type, start }] of Object.entries(macros)) {
    const name = signature.slice(0, signature.indexOf('('));
    const handler = ({ receiver, args }: MacroCall): Loop => {
      const [first, second, ...parts] = args;
      const names = [first, second].map((node) => {
        if (node?.op !== 'id') throw new Error('the variables of a loop must be names');
        return String(node.args);
      });
      return {
        receiver,
        names: [names[0] ?? '', names[1] ?? ''],
        parts,
        typeCheck: (checker, loop, context) => checkLoop(checker, loop, { context, type }),
        evaluate: (evaluator, loop, context) =>
          runLoop(evaluator, loop, { context, run: start(), cost: loopCost(name) }),
      };
    };
    const options = { async: false };
    environment.registerFunction(`list.${signature}: ${type}`, handler as never, options);
  }
}

function checkLoop(
  checker: Checker,
  loop: Loop,
  { context, type }: { readonly context: Context; readonly type: string },
): CheckedType {
  const over = checker.check(loop.receiver, context);
  const dyn = checker.getType('dyn');
  if (over.kind !== 'list' && over.kind !== 'map' && over.kind !== 'dyn')
    throw checker.createError(
      'invalid_comprehension_range',
      'only lists and maps can be looped over',
      loop.receiver,
    );
  const first = over.kind === 'list' ? checker.getType('int') : (over.keyType ?? dyn);
  const outer = context.forkWithVariable(loop.names[0], first);
  const inner = outer.forkWithVariable(loop.names[1], over.valueType ?? dyn);
  loop.contexts = [outer, inner];
  for (const part of loop.parts) checker.check(part, inner);
  return checker.getType(type);
}

function runLoop(
  evaluator: Evaluator,
  loop: Loop,
  { context, run, cost }: { readonly context: Context; readonly run: Run; readonly cost: LoopCost },
): unknown {
  const collection = evaluator.run(loop.receiver, context);
  const [outer, inner] = loop.contexts ?? [];
  if (!outer || !inner) throw new Error('a loop is run that was not checked');
  for (const entry of entriesOf(collection)) {
    charge(cost.condition + cost.turn);
    const place = inner
      .reuse(outer.reuse(context).setIterValue(entry[0], evaluator))
      .setIterValue(entry[1], evaluator);
    const evaluate = (part: number) => {
      const node = loop.parts[part];
      return node && evaluator.run(node, place);
    };
    if (!run.turn(evaluate, entry)) break;
  }
  charge(cost.result);
  return run.result();
}

function entriesOf(collection: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(collection)) return collection.map((item, i) => [BigInt(i), item] as const);
  if (collection instanceof Set) return [...collection].map((item, i) => [BigInt(i), item] as const);
  if (collection instanceof Map) return [...collection];
  return Object.entries(collection ?? {});
}
