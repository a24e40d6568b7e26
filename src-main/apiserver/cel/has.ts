import type { Environment } from '@marcbachmann/cel-js';
import { ownHas } from './own-names.ts';

/** What the library hands to macros; it publishes no types for it. */
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Checker {
  check(node: Node, context: unknown): unknown;
  getType(name: string): unknown;
  createError(code: string, message: string, node: Node): Error;
}
interface Evaluator {
  run(node: Node, context: unknown): unknown;
  debugType(value: unknown): {
    fieldLazy(object: unknown, key: string, node: Node, evaluator: Evaluator): unknown;
  };
}

function selectOf(node: Node | undefined): readonly [Node?, string?] {
  return node?.op === '.' ? (node.args as readonly [Node, string]) : [];
}

/** `has(x.y)` for every `x`. https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros */
export function hasMacro(environment: Environment): void {
  const handler = ({ args }: { readonly args: readonly Node[] }) => {
    const [field] = args;
    const [object, key] = selectOf(field);
    return {
      typeCheck(checker: Checker, _: unknown, context: unknown) {
        if (!field || !object)
          throw checker.createError(
            'invalid_macro_argument',
            'invalid argument to has() macro',
            field ?? { op: '', args: [] },
          );
        checker.check(field, context);
        return checker.getType('bool');
      },
      evaluate(evaluator: Evaluator, _: unknown, context: unknown) {
        if (!field || !object || key === undefined) return false;
        const value = evaluator.run(object, context);
        return evaluator.debugType(value).fieldLazy(value, key, field, evaluator) !== undefined;
      },
    };
  };
  environment.registerFunction(`${ownHas}(ast): bool`, handler as never, { async: false });
}
