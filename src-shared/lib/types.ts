/** A value as JSON carries it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; keys absent and keys undefined are the same thing. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/**
 * Read-only all the way down. What a store, an informer or a client hands out has this type: it is shared
 * by everyone who looks at it, so whoever wants to change it copies along the path he changes.
 */
export type DeepReadonly<T> = T extends (infer U)[]
  ? readonly DeepReadonly<U>[]
  : [string, JsonObject] extends [keyof T, T]
    ? T
    : string extends keyof T
      ? { readonly [K in keyof T]: T[K] }
      : T extends object
        ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
        : T;

/** What a function that edits an object in place receives: a private copy, free to change. */
export type Draft<T> = T extends readonly (infer U)[]
  ? Draft<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T;

/**
 * What came from outside and was not validated yet: read-only, and any field may be absent at any depth, whatever the
 * type calls required. A validated object fits as well.
 */
export type Unchecked<T> = T extends readonly (infer U)[]
  ? readonly Unchecked<U>[]
  : [string, JsonObject] extends [keyof T, T]
    ? T
    : string extends keyof T
      ? { readonly [K in keyof T]: Unchecked<T[K]> }
      : T extends object
        ? { readonly [K in keyof T]?: Unchecked<T[K]> }
        : T;

/** A private copy of what came from outside and was not validated yet, free to change. */
export type UncheckedDraft<T> = T extends readonly (infer U)[]
  ? UncheckedDraft<U>[]
  : [string, JsonObject] extends [keyof T, T]
    ? T
    : string extends keyof T
      ? { -readonly [K in keyof T]: UncheckedDraft<T[K]> }
      : T extends object
        ? { -readonly [K in keyof T]?: UncheckedDraft<T[K]> }
        : T;
