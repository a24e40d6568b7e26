import type { AnyKind } from '@shared/kinds/define.ts';
import type { ApiObject, DraftObject } from '../objects.ts';

/** Whether an object that was asked to go has nothing left to wait for: no grace period, no finalizers. */
export function mayBeRemoved(kind: AnyKind, object: ApiObject | DraftObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  return (
    deletionTimestamp !== undefined && (deletionGracePeriodSeconds ?? 0) === 0 && !isHeldBack(kind, object)
  );
}

/** Whether finalizers keep the object in the store. Namespaces have a second list of them, `spec.finalizers`. */
export function isHeldBack(kind: AnyKind, object: ApiObject | DraftObject): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0) return true;
  if (kind.group !== '' || kind.kind !== 'Namespace') return false;
  const spec = object.spec as { readonly finalizers?: readonly string[] } | undefined;
  return (spec?.finalizers?.length ?? 0) > 0;
}
