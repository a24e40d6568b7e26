import type { Json } from '@shared/lib/types.ts';
import { type CelProgram, compileCel, createCelEnvironment } from '../../cel/cel.ts';
import { fromCel, toCel } from '../../cel/values.ts';
import type { UserInfo } from '../../request.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { Claims } from './jwt-settings.ts';

/** What all expressions about one token may cost. */
const budget = 10_000_000;

type Variable = 'claims' | 'user';

/** An expression about the claims of a token, or about the user made of them. Throws CelError. */
export type TokenExpression = (value: unknown) => Json;

const environments = {
  claims: createLazily({ claims: 'map<string, dyn>' }),
  user: createLazily({ user: 'dyn' }),
};

function createLazily(variables: Readonly<Record<string, string>>) {
  let made: ReturnType<typeof createCelEnvironment> | undefined;
  return () => {
    made ??= createCelEnvironment(variables);
    return made;
  };
}

interface Wanted {
  readonly variable: Variable;
  readonly at: string;
  /** What it may yield, as CEL names it. */
  readonly results: readonly string[];
}

/** Compiles an expression; undefined when it is refused. */
export function compileExpression(
  reader: ConfigReader,
  text: string,
  { variable, at, results }: Wanted,
): TokenExpression | undefined {
  const program = compileCel(text, environments[variable]());
  if (program.type === 'error') {
    reader.refuse(at, `compilation failed: ${program.message}`);
    return undefined;
  }
  const type = program.resultType.replace(/<.*/, '');
  if (type !== 'dyn' && !results.includes(type)) {
    reader.refuse(at, `must evaluate to ${results.join(' or ')}`);
    return undefined;
  }
  return (value) => evaluate(program, { [variable]: value });
}

function evaluate(program: CelProgram, variables: Readonly<Record<string, unknown>>): Json {
  return fromCel(program.evaluate(variables, { remaining: budget }));
}

/** Claims as expressions see them. */
export function claimsValue(claims: Claims): unknown {
  return toCel(claims as Readonly<Record<string, Json>>);
}

/** A user as expressions see him. */
export function userValue({ name, uid = '', groups, extra = {} }: UserInfo): unknown {
  const copied = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
  return toCel({ username: name, uid, groups: [...groups], extra: copied });
}
