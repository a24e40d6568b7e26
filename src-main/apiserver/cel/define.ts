import type { Environment } from '@marcbachmann/cel-js';
import { registerNullEquality } from './equality.ts';

/** Functions by signature, e.g. `string.reverse(): string`; none of them waits for anything. */
// biome-ignore lint/suspicious/noExplicitAny: CEL's type checker vouches for the arguments, which each handler states
export type Functions = Readonly<Record<string, (...args: any[]) => unknown>>;

/** Adds functions to an environment. */
export function register(environment: Environment, functions: Functions): void {
  for (const [signature, handler] of Object.entries(functions))
    environment.registerFunction(signature, handler, { async: false });
}

/** Adds functions that are called by the name of a library: `math.abs(1)`. */
export function registerLibrary(environment: Environment, library: string, functions: Functions): void {
  class Library {}
  const type = `library.${library}`;
  environment.registerType(type, Library);
  environment.registerConstant(library, type, new Library());
  for (const [signature, handler] of Object.entries(functions)) {
    environment.registerFunction(
      `${type}.${signature}`,
      (_: unknown, ...args: unknown[]) => handler(...args),
      {
        async: false,
      },
    );
  }
}

/** A value with a type of its own; `name` is what `type()` and error texts call it. */
export function registerOpaque(environment: Environment, name: string, ctor: Opaque): void {
  environment.registerType(name, { ctor, fields: {} });
  registerNullEquality(environment, name);
}

// biome-ignore lint/suspicious/noExplicitAny: constructors of any kind
type Opaque = new (...args: any[]) => object;
