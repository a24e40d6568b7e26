import { callCost, operatorCost } from './call-costs.ts';
import { charge, isOver } from './cost.ts';
import { loopCost } from './loop-costs.ts';

/** What the library makes of an expression; it publishes no types for it. */
interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly meta: {
    readonly alternate?: Node;
    readonly macro?: Readonly<Record<string, unknown>>;
    readonly evaluate: Evaluate;
  };
  evaluate: Evaluate;
  handle?: (...args: unknown[]) => unknown;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

interface LoopArguments {
  readonly iterable: Node;
  readonly step: Node;
  condition?: ((accumulated: unknown) => unknown) | undefined;
}

const binary = new Set(['!=', '==', 'in', '+', '-', '*', '/', '%', '<', '<=', '>', '>=']);
const attributes = new Set(['id', '.', '.?', '[]', '[?]']);
/** The last three are what loops collect and count with. */
const costs: ReadonlyMap<string, number> = new Map([
  ['list', 10],
  ['map', 30],
  ['!_', 1],
  ['-_', 1],
  ['accuValue', 1],
  ['accuInc', 2],
  ['accuPush', 12],
]);
const conversions = new Set('bool bytes double duration dyn int string timestamp type uint'.split(' '));

/**
 * Makes a checked expression pay for what it does while it does it: names and fields 1, lists 10, maps 30, calls by
 * the size of what they are given, constants nothing. Source: cel-go, `runtimecost.go`.
 */
export function meter(ast: unknown): void {
  if (isNode(ast)) visit(ast, new Set());
}

function visit(node: Node, seen: Set<Node>): void {
  if (seen.has(node)) return;
  seen.add(node);
  const { alternate, macro } = node.meta;
  if (alternate) {
    if (alternate.op === 'comprehension') visitLoop(nameOf(node), alternate, seen);
    return;
  }
  for (const part of macro ? partsOf(node, macro) : childrenOf(node)) visit(part, seen);
  if (!macro) pay(node);
}

function nameOf({ args }: Node): string {
  return String((args as readonly unknown[])[0]);
}

function pay(node: Node): void {
  const { op } = node;
  if (op === 'call' || op === 'rcall') payForCall(node);
  else if (binary.has(op)) payForOperator(node);
  else if (attributes.has(op)) payBefore(node, attributeCost(node));
  else if (!isConstant(node)) payBefore(node, costs.get(op) ?? 0);
}

/** A name, or a step from it; what is no part of a variable is an attribute of its own. */
function attributeCost({ op, args }: Node): number {
  if (op === 'id') return 1;
  const [object] = args as readonly [Node];
  return attributes.has(object.op) || object.op === '?:' ? 1 : 2;
}

function payBefore(node: Node, cost: number): void {
  if (cost === 0) return;
  const { evaluate } = node.meta;
  node.evaluate = (evaluator, ast, context) => {
    charge(cost);
    return evaluate(evaluator, ast, context);
  };
}

function payForOperator(node: Node): void {
  const { op, handle } = node;
  const [, right] = node.args as readonly [Node, Node];
  if (!handle || (op === 'in' && right.op === 'list' && isConstant(right))) return;
  node.handle = (left, value, ...rest) => {
    charge(operatorCost(op, left, value));
    return handle(left, value, ...rest);
  };
}

function payForCall(node: Node): void {
  const { handle } = node;
  const name = nameOf(node);
  if (!handle) return;
  if (node.op === 'call') {
    const [, args] = node.args as readonly [string, readonly Node[]];
    if (args.length === 1 && args.every(isConstant) && conversions.has(name)) return;
  }
  const library = node.op === 'rcall' ? libraryOf((node.args as readonly [string, Node])[1]) : undefined;
  const fullName = library === undefined ? name : `${library}.${name}`;
  node.handle = (args, ...rest) => {
    const given = args as readonly unknown[];
    charge(callCost(fullName, library === undefined ? given : given.slice(1)));
    return handle(args, ...rest);
  };
}

/** `sets` of `sets.contains(…)`. */
function libraryOf({ op, args, meta }: Node): string | undefined {
  return op === 'id' && meta.alternate ? String(args) : undefined;
}

function visitLoop(name: string, loop: Node, seen: Set<Node>): void {
  const cost = loopCost(name);
  const args = loop.args as LoopArguments;
  const { condition, step } = args;
  visit(args.iterable, seen);
  visit(step, seen);
  // `all` and `exists` go on behind errors, as CEL wants: this is what ends them.
  if (condition)
    args.condition = (accumulated) => {
      if (isOver()) return false;
      charge(cost.condition);
      return condition(accumulated);
    };
  const isQuantifier = name === 'all' || name === 'exists';
  if (isQuantifier) payBefore(step, cost.turn);
  payBefore(loop, cost.result);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'evaluate' in value;
}

/** The nodes within a node's arguments. */
function childrenOf({ args }: Node): readonly Node[] {
  if (isNode(args)) return [args];
  return Array.isArray(args) ? (args.flat(2) as unknown[]).filter(isNode) : [];
}

/** What a macro evaluates: of has() what the field is looked for in. */
function partsOf(node: Node, macro: Readonly<Record<string, unknown>>): readonly Node[] {
  if (node.op === 'call') {
    const [, [field]] = node.args as readonly [string, readonly Node[]];
    const [object] = (field?.args ?? []) as readonly unknown[];
    return isNode(object) ? [object] : [];
  }
  return (Object.values(macro).flat() as unknown[]).filter(isNode).filter((part) => part !== node);
}

/** Whether it is put together when the expression is compiled. */
function isConstant(node: Node): boolean {
  if (node.meta.alternate) return node.meta.alternate.op === 'value';
  if (node.op === 'value') return true;
  const isLiteral = node.op === 'list' || node.op === 'map' || node.op === '-_';
  return isLiteral && childrenOf(node).every(isConstant);
}
