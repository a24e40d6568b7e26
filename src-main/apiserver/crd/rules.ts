import type { FieldError } from '@shared/api/status.ts';
import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import type { JsonObject } from '@shared/lib/types.ts';

/** An object to be judged by CEL rules. */
export interface Judged {
  readonly object: JsonObject;
  /** The stored object, when it is a change. */
  readonly old: JsonObject | undefined;
  /** What is wrong with it already: rules are not asked about values of a wrong shape. */
  readonly errors: readonly FieldError[];
}

/** The compiled `x-kubernetes-validations` of a schema. */
export interface RuleSet {
  judge(judged: Judged): FieldError[];
}

/** The rules of a schema; undefined when it has none. */
export function rulesOf(_schema: JsonSchema): RuleSet | undefined {
  return undefined;
}
