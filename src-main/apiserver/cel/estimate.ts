import { callEstimate } from './call-estimates.ts';
import { loopCost } from './loop-costs.ts';
import type { SizeHint } from './size-hints.ts';

/** Members, items or characters. */
export interface Size {
  readonly min: number;
  readonly max: number;
}

/** What is known of a part of an expression. */
export interface Estimate {
  /** What evaluating it costs at most. */
  readonly cost: number;
  /** Undefined: nothing is known. */
  readonly size: Size | undefined;
  /** Of its keys and values, or indexes and items. */
  readonly entry?: Entry | undefined;
  /** The schema's hint where it is a part of the variables; null for a part no schema knows. */
  readonly hint?: SizeHint | null | undefined;
  readonly type: TypeFacts;
  /** A literal's value. */
  readonly literal?: unknown;
}

export interface Entry {
  readonly kind: 'list' | 'map';
  readonly key: Size;
  readonly value: Size;
}

/** What the type checker found out. */
export interface TypeFacts {
  readonly kind: string;
  readonly name: string;
  readonly valueType?: TypeFacts | undefined;
}

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly checkedType?: TypeFacts;
  readonly meta?: { readonly alternate?: Node; readonly macro?: Readonly<Record<string, unknown>> };
}

export const unknownSize: Size = { min: 0, max: Number.POSITIVE_INFINITY };
export const fixed = (size: number): Size => ({ min: size, max: size });
const unknownType: TypeFacts = { kind: 'dyn', name: 'dyn' };
const bool: TypeFacts = { kind: 'primitive', name: 'bool' };

/**
 * What an expression costs at most, in the units and by the rules of Kubernetes, so that the same rules are refused.
 * `root` is what `self` and `oldSelf` can hold. Source: cel-go, `checker/cost.go`; apiserver, `library/cost.go`.
 */
export function estimateCost(ast: unknown, root: SizeHint | undefined): number {
  return new Estimator(root).visit(ast as Node).cost;
}

class Estimator {
  readonly #root: SizeHint | undefined;
  readonly #locals = new Map<string, Estimate>();

  constructor(root: SizeHint | undefined) {
    this.#root = root;
  }

  visit(node: Node): Estimate {
    const type = node.checkedType ?? unknownType;
    const { alternate, macro } = node.meta ?? {};
    if (alternate?.op === 'comprehension') return this.#comprehension(node, type);
    if (macro) return this.#macro(node, macro, type);
    switch (node.op) {
      case 'value':
        return { cost: 0, size: literalSize(node.args), type, literal: node.args };
      case 'id':
        return this.#name(String(node.args), type);
      case '.':
      case '.?':
        return this.#select(node, type);
      case '[]':
      case '[?]':
        return this.#index(node, type);
      case 'list':
        return this.#list(node.args as readonly Node[], type);
      case 'map':
        return this.#map(node.args as readonly (readonly [Node, Node])[], type);
      case 'call': {
        const [name, args] = node.args as readonly [string, readonly Node[]];
        return this.#call(name, args, { type, receiver: undefined });
      }
      case 'rcall': {
        const [name, receiver, args] = node.args as readonly [string, Node, readonly Node[]];
        const isLibrary = receiver.op === 'id' && isLibraryName(String(receiver.args));
        return isLibrary
          ? this.#call(`${String(receiver.args)}.${name}`, args, { type, receiver: undefined })
          : this.#call(name, args, { type, receiver });
      }
      case '-_':
        if (isNumber(node.args)) return { cost: 0, size: fixed(1), type };
        return this.#call('-_', [node.args as Node], { type, receiver: undefined });
      case '!_':
        return this.#call('!_', [node.args as Node], { type, receiver: undefined });
      default:
        return this.#call(node.op, node.args as readonly Node[], { type, receiver: undefined });
    }
  }

  #name(name: string, type: TypeFacts): Estimate {
    const local = this.#locals.get(name);
    if (local) return { ...local, cost: 1, type, size: sizeOf(local.hint, type) ?? local.size };
    return { cost: 1, size: sizeOf(this.#root, type), hint: this.#root ?? null, type };
  }

  #select({ op, args }: Node, type: TypeFacts): Estimate {
    const [object, field] = args as readonly [Node, string];
    const from = this.visit(object);
    const isCounted = op === '.?' || ['map', 'message', 'param'].includes(from.type.kind);
    const hint = partOf(from.hint, (whole) => whole.fields?.get(field) ?? whole.members);
    return { cost: from.cost + (isCounted ? 1 : 0), size: sizeOf(hint, type), hint, type };
  }

  #index({ args }: Node, type: TypeFacts): Estimate {
    const [object, index] = args as readonly [Node, Node];
    const from = this.visit(object);
    const hint = from.type.kind === 'dyn' ? undefined : partOf(from.hint, (whole) => whole.item);
    const cost = 1 + from.cost + this.visit(index).cost;
    return { cost, size: from.entry?.value ?? sizeOf(hint, type), hint, type };
  }

  #list(items: readonly Node[], type: TypeFacts): Estimate {
    const parts = items.map((item) => this.visit(item));
    const value = items.length === 0 ? fixed(0) : union(parts.map(({ size }) => size ?? unknownSize));
    const cost = 10 + sum(parts);
    return { cost, size: fixed(items.length), entry: { kind: 'list', key: fixed(1), value }, type };
  }

  #map(members: readonly (readonly [Node, Node])[], type: TypeFacts): Estimate {
    const keys = members.map(([key]) => this.visit(key));
    const values = members.map(([, value]) => this.visit(value));
    const sizeIn = (parts: readonly Estimate[]) =>
      parts.length === 0 ? fixed(0) : union(parts.map(({ size }) => size ?? unknownSize));
    const entry: Entry = { kind: 'map', key: sizeIn(keys), value: sizeIn(values) };
    return { cost: 30 + sum(keys) + sum(values), size: fixed(members.length), entry, type };
  }

  #call(
    name: string,
    args: readonly Node[],
    { type, receiver }: { readonly type: TypeFacts; readonly receiver: Node | undefined },
  ): Estimate {
    const target = receiver && this.visit(receiver);
    const parts = args.map((arg) => this.visit(arg));
    const { cost, size, entry, isWhole } = callEstimate({ name, target, args: parts, type });
    const whole = (isWhole ? 0 : sum(parts)) + (target?.cost ?? 0) + cost;
    return { cost: whole, size: size ?? sizeOf(undefined, type), entry, type };
  }

  /** Macros of our own and `cel.bind`. */
  #macro(node: Node, macro: Readonly<Record<string, unknown>>, type: TypeFacts): Estimate {
    if (typeof macro.var === 'string' && isNode(macro.val) && isNode(macro.exp)) {
      const value = this.visit(macro.val);
      const body = this.#with([[macro.var, value]], () => this.visit(macro.exp as Node));
      return { ...body, cost: 10 + value.cost + body.cost, hint: undefined, type };
    }
    if (Array.isArray(macro.names) && isNode(macro.receiver)) {
      const [, , parts] = node.args as readonly [string, Node, readonly Node[]];
      return this.#loop({
        name: String((node.args as readonly unknown[])[0]),
        over: macro.receiver,
        names: macro.names as readonly string[],
        parts: parts.slice(2),
        type,
      });
    }
    if (node.op === 'call') {
      // has(): the last step is free.
      const [, [field]] = node.args as readonly [string, readonly Node[]];
      const [object] = (field?.args ?? []) as readonly Node[];
      return { cost: object ? this.visit(object).cost : 0, size: fixed(1), type: bool };
    }
    const [name, receiver, args] = node.args as readonly [string, Node, readonly Node[]];
    return this.#call(name, args ?? [], { type, receiver });
  }

  #comprehension(node: Node, type: TypeFacts): Estimate {
    const [name, over, args] = node.args as readonly [string, Node, readonly Node[]];
    const [variable, ...parts] = args;
    return this.#loop({ name, over, names: [String(variable?.args)], parts, type });
  }

  #loop({ name, over, names, parts, type }: LoopFacts): Estimate {
    const range = this.visit(over);
    const turns = range.size ?? unknownSize;
    const locals = names.map((local, i) => [local, this.#local(range, { i, of: names.length })] as const);
    const inner = this.#with(locals, () => parts.map((part) => this.visit(part)));
    const body = inner.at(-1);
    const { start, condition, turn, result } = loopCost(name);
    const each = condition + turn + sum(inner);
    const cost = range.cost + start + times(turns.max, each) + result;
    if (!name.startsWith('map') && !name.startsWith('filter') && !name.startsWith('transform'))
      return { cost, size: fixed(1), type };
    const item = name === 'filter' ? locals[0]?.[1] : body;
    const value: Size = { min: 0, max: (item?.size ?? unknownSize).max };
    return { cost, size: turns, entry: { kind: 'list', key: fixed(1), value }, type };
  }

  /** A variable of a loop. What runs over no part of a variable counts as if it ran over the whole: as upstream. */
  #local(range: Estimate, { i, of }: { readonly i: number; readonly of: number }): Estimate {
    const isList = (range.entry?.kind ?? range.type.kind) === 'list';
    const isValue = of === 1 ? isList : i === 1;
    const size = isValue ? range.entry?.value : range.entry?.key;
    const hint =
      range.hint === undefined
        ? (this.#root ?? null)
        : partOf(range.hint, (whole) => (isValue ? whole.item : isList ? undefined : whole.key));
    return { cost: 1, size, hint, type: unknownType };
  }

  #with<T>(locals: readonly (readonly [string, Estimate])[], run: () => T): T {
    const before = locals.map(([name]) => this.#locals.get(name));
    for (const [name, local] of locals) this.#locals.set(name, local);
    try {
      return run();
    } finally {
      for (const [i, [name]] of locals.entries()) {
        const old = before[i];
        if (old) this.#locals.set(name, old);
        else this.#locals.delete(name);
      }
    }
  }
}

interface LoopFacts {
  readonly name: string;
  readonly over: Node;
  readonly names: readonly string[];
  readonly parts: readonly Node[];
  readonly type: TypeFacts;
}

const libraries = new Set([
  'cel',
  'format',
  'ip',
  'jsonpatch',
  'lists',
  'math',
  'optional',
  'sets',
  'strings',
]);

function isLibraryName(name: string): boolean {
  return libraries.has(name);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value;
}

function isNumber(value: unknown): boolean {
  return isNode(value) && value.op === 'value' && ['number', 'bigint'].includes(typeof value.args);
}

function literalSize(value: unknown): Size | undefined {
  if (typeof value === 'string') return fixed([...value].length);
  if (value instanceof Uint8Array) return fixed(value.length);
  return fixed(1);
}

function partOf(
  hint: SizeHint | null | undefined,
  part: (whole: SizeHint) => SizeHint | undefined,
): SizeHint | null | undefined {
  return hint ? (part(hint) ?? null) : hint;
}

const scalars = new Set([
  'bool',
  'double',
  'int',
  'uint',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
]);

function sizeOf(hint: SizeHint | null | undefined, type: TypeFacts): Size | undefined {
  if (hint) return { min: 0, max: hint.max };
  return scalars.has(type.name) ? fixed(1) : undefined;
}

export function union(sizes: readonly Size[]): Size {
  return {
    min: Math.min(...sizes.map(({ min }) => min)),
    max: Math.max(...sizes.map(({ max }) => max)),
  };
}

function sum(parts: readonly Estimate[]): number {
  return parts.reduce((all, { cost }) => all + cost, 0);
}

/** Nothing is nothing, however often: 0 of infinite. */
export function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}
