import type { AnyKind } from '@shared/kinds/define.ts';
import type { DraftObject } from '../objects.ts';

/**
 * A new object has no status yet, whatever the request says. Of built-in kinds that is an empty one, into which JSON
 * patches add their first field; of custom resources none.
 */
export function startStatus(draft: DraftObject, { hasStatus, decode, strategy }: AnyKind): void {
  if (!hasStatus) return;
  if (!strategy.keepsStatusOnCreate) delete draft.status;
  if (!decode) draft.status ??= {};
}
