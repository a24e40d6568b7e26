import type { AnyKind } from '@shared/kinds/define.ts';
import type { Schemas } from '@shared/schema/schema.ts';
import type { DraftObject } from '../objects.ts';

/*
 * Spec and status of built-in kinds are never absent, only empty: JSON patches add their first field without asking.
 * Custom resources have what they were given.
 */

export function startSpec(draft: DraftObject, { decode, schema }: AnyKind, schemas: Schemas): void {
  if (decode || draft.spec !== undefined) return;
  if (schemas.get(schema)?.properties?.spec?.ref !== undefined) draft.spec = {};
}

/** A new object has no status yet, whatever the request says. */
export function startStatus(draft: DraftObject, { hasStatus, decode, strategy }: AnyKind): void {
  if (!hasStatus) return;
  if (!strategy.keepsStatusOnCreate) delete draft.status;
  if (!decode) draft.status ??= {};
}
