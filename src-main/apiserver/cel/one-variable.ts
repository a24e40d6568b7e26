import { type Environment, Optional } from '@marcbachmann/cel-js';
import { sortingCost } from './call-costs.ts';
import { charge } from './cost.ts';
import { order } from './lists.ts';
import { loopCost } from './loop-costs.ts';

/** What the library hands to macros; it publishes no types for it. */
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface CheckedType {
  readonly kind: string;
  readonly name: string;
  readonly valueType?: CheckedType;
}
interface Context {
  forkWithVariable(name: string, type: unknown): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: unknown): Context;
}
interface Checker {
  check(node: Node, context: Context): CheckedType;
  getType(name: string): CheckedType;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
}
interface Macro {
  readonly receiver: Node;
  readonly body: Node;
  inner?: Context;
}

type Each = (value: unknown) => unknown;

const macros: Readonly<
  Record<
    string,
    {
      /** What a turn costs beside its body; of an optional: looking whether there is a value, taking and wrapping it. */
      readonly turn: number;
      typeOf(body: CheckedType, over: CheckedType): string;
      run(over: unknown, each: Each): unknown;
    }
  >
> = {
  'optional.optMap(ast, ast): optional<dyn>': {
    turn: 3,
    typeOf: (body) => `optional<${body.name}>`,
    run: (over, each) => {
      const optional = over as Optional;
      return optional.hasValue() ? Optional.of(each(optional.value())) : optional;
    },
  },
  'optional.optFlatMap(ast, ast): optional<dyn>': {
    turn: 2,
    typeOf: (body) => body.name,
    run: (over, each) => {
      const optional = over as Optional;
      return optional.hasValue() ? each(optional.value()) : optional;
    },
  },
  'list.sortBy(ast, ast): list<dyn>': {
    turn: loopCost('map').turn,
    typeOf: (_, over) => over.name,
    run(over, each) {
      const keyed = (over as readonly unknown[]).map((item) => [each(item), item] as const);
      charge(sortingCost(keyed.map(([key]) => key)));
      return keyed.sort(([a], [b]) => order(a, b)).map(([, item]) => item);
    },
  },
};

/** `optMap`, `optFlatMap` and `sortBy`: their second argument is worked out for a value under a name. */
export function oneVariableMacros(environment: Environment): void {
  for (const [signature, { turn, typeOf, run }] of Object.entries(macros)) {
    const handler = ({ receiver, args }: { readonly receiver: Node; readonly args: readonly Node[] }) => {
      const [variable, body] = args;
      if (variable?.op !== 'id' || !body) throw new Error('the variable must be a name');
      return {
        receiver,
        body,
        typeCheck(checker: Checker, macro: Macro, context: Context) {
          const over = checker.check(macro.receiver, context);
          macro.inner = context.forkWithVariable(
            String(variable.args),
            over.valueType ?? checker.getType('dyn'),
          );
          return checker.getType(typeOf(checker.check(macro.body, macro.inner), over));
        },
        evaluate(evaluator: Evaluator, macro: Macro, context: Context) {
          const { inner } = macro;
          if (!inner) throw new Error('an expression is run that was not checked');
          return run(evaluator.run(macro.receiver, context), (value) => {
            charge(turn);
            return evaluator.run(macro.body, inner.reuse(context).setIterValue(value, evaluator));
          });
        },
      };
    };
    environment.registerFunction(signature, handler as never, { async: false });
  }
  environment.registerFunction(
    'OptionalNamespace.ofNonZeroValue(A): optional<A>',
    (_: unknown, value: unknown) => (isZero(value) ? Optional.none() : Optional.of(value)),
    { async: false },
  );
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return value instanceof Uint8Array && value.length === 0;
}
