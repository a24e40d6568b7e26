import type { KubeObject } from '../api/meta.ts';
import type { FieldError } from '../api/status.ts';
import type { Unchecked } from '../lib/types.ts';
import type { AnyKind, Column, Kind } from './define.ts';

/** A moment for tests: 2026-01-01 12:00 UTC. */
export const nowMs = Date.UTC(2026, 0, 1, 12);

/** RFC 3339 time so many seconds before {@link nowMs}. */
export function secondsAgo(seconds: number): string {
  return `${new Date(nowMs - seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** What defaulting makes of the object. The argument stays as it is. */
export function defaulted<T extends KubeObject>(kind: Kind<T>, object: T): T {
  const { strategy }: AnyKind = kind;
  const draft = structuredClone(object);
  strategy.defaults?.(draft);
  return draft;
}

/** The object as the server would keep it on create. */
export function created<T extends KubeObject>(kind: Kind<T>, object: T): T {
  const { strategy }: AnyKind = kind;
  const draft = defaulted(kind, object);
  strategy.prepareForCreate?.(draft);
  return draft;
}

/** The object as the server would keep it when it replaces `old`. */
export function updated<T extends KubeObject>(kind: Kind<T>, object: T, old: T): T {
  const { strategy }: AnyKind = kind;
  const draft = defaulted(kind, object);
  strategy.prepareForUpdate?.(draft, old);
  return draft;
}

/** `field: message` of every error of a new object. */
export function createErrors<T extends KubeObject>(kind: Kind<T>, object: T): string[] {
  const { strategy }: AnyKind = kind;
  const draft = created(kind, object);
  return texts([...(strategy.validate?.(draft) ?? []), ...(strategy.validateCreate?.(draft) ?? [])]);
}

/** `field: message` of every error which the change from `old` brings, beyond those of the object itself. */
export function updateErrors<T extends KubeObject>(kind: Kind<T>, object: T, old: T): string[] {
  const { strategy }: AnyKind = kind;
  const before = created(kind, old);
  return texts(strategy.validateUpdate?.(updated(kind, object, before), before) ?? []);
}

function texts(errors: readonly FieldError[]): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

/** One row of a table by column name; ages as RFC 3339 times. */
export function row<T>(columns: readonly Column<T>[], object: Unchecked<T>): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [column.name, column.cell(object, nowMs)]));
}
