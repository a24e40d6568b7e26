import type { Client } from '@shared/client/client.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { plural } from '../ui/format.ts';
import { nameOfObject, refOfObject } from './kind-paths.ts';
import type { AnyObject } from './list-model.ts';

export interface DeleteRequest {
  readonly kind: AnyKind;
  readonly objects: readonly AnyObject[];
}

/** What becomes of owned objects; the API's `propagationPolicy`. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteHow {
  readonly propagation: Propagation;
  /** Without grace period. */
  readonly immediately: boolean;
}

/** Deletes just these objects (never a later one of the same name); returns what failed. */
export async function deleteObjects(
  client: Client,
  { kind, objects }: DeleteRequest,
  { propagation, immediately }: DeleteHow,
): Promise<readonly unknown[]> {
  const answers = await Promise.allSettled(
    objects.map((object) =>
      client.delete(kind, refOfObject(object), {
        propagationPolicy: propagation,
        ...(immediately && { gracePeriodSeconds: 0 }),
        ...(object.metadata?.uid && { preconditions: { uid: object.metadata.uid } }),
      }),
    ),
  );
  return answers.filter((answer) => answer.status === 'rejected').map((answer) => answer.reason);
}

export function deletedText({ kind, objects }: DeleteRequest): string {
  const [only] = objects;
  return objects.length === 1 && only
    ? `${nameOfObject(kind, refOfObject(only))} deleted`
    : `${plural(objects.length, 'object')} deleted`;
}
