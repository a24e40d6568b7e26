import type { Schema, Schemas } from '@shared/schema/schema.ts';

/** The built-in types and those that come and go while the server runs; each set of the latter has an owner. */
export class DynamicSchemas implements Schemas {
  readonly #builtin: Schemas;
  readonly #byOwner = new Map<string, ReadonlyMap<string, Schema>>();
  #dynamic: ReadonlyMap<string, Schema> = new Map();

  constructor(builtin: Schemas) {
    this.#builtin = builtin;
  }

  /** Replaces everything the owner brought; an empty set takes it out. Built-in types are never replaced. */
  set(owner: string, schemas: ReadonlyMap<string, Schema>): void {
    if (schemas.size === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, schemas);
    this.#dynamic = new Map([...this.#byOwner.values()].flatMap((own) => [...own]));
  }

  get(name: string): Schema | undefined {
    return this.#builtin.get(name) ?? this.#dynamic.get(name);
  }

  *names(): Iterable<string> {
    yield* this.#builtin.names();
    yield* this.#dynamic.keys();
  }
}
