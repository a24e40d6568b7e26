import type { KubeObject } from '@shared/api/meta.ts';
import { isReason } from '@shared/api/status.ts';
import type { Client, ObjectRef } from '@shared/client/client.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';

/** The field manager under which this window writes. */
export const fieldManager = 'slipway';

/** One object to apply, with its kind found and its namespace filled in. */
export interface Manifest {
  readonly kind: AnyKind;
  readonly ref: ObjectRef;
  readonly object: JsonObject;
}

export interface Review {
  /** The object as it stands; undefined when it does not exist yet. */
  readonly live: JsonObject | undefined;
  /** What the server would make of it. */
  readonly result: JsonObject;
}

export interface ApplyOptions {
  /** Take over fields that others own. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
}

/** Asks the server what applying would do, without doing it. Rejects with ApiError. */
export async function reviewManifest(
  client: Client,
  manifest: Manifest,
  options: ApplyOptions,
): Promise<Review> {
  const [live, result] = await Promise.all([
    getOrUndefined(client, manifest, options.signal),
    send(client, manifest, { ...options, dryRun: true }),
  ]);
  return { live, result };
}

/** Applies for good (server-side apply). Rejects with ApiError; Conflict when others own fields and `force` is off. */
export async function applyManifest(
  client: Client,
  manifest: Manifest,
  options: ApplyOptions,
): Promise<JsonObject> {
  return send(client, manifest, { ...options, dryRun: false });
}

async function send(
  client: Client,
  { kind, ref, object }: Manifest,
  { force, dryRun, signal }: ApplyOptions & { dryRun: boolean },
): Promise<JsonObject> {
  const write = { fieldManager, dryRun, fieldValidation: 'Strict' as const, ...(signal && { signal }) };
  const answer: unknown =
    ref.name === ''
      ? await client.create(kind, object as DeepReadonly<KubeObject>, write)
      : await client.patch(kind, ref, { type: 'apply', body: object }, { ...write, force });
  return answer as JsonObject;
}

async function getOrUndefined(
  client: Client,
  { kind, ref }: Manifest,
  signal: AbortSignal | undefined,
): Promise<JsonObject | undefined> {
  if (ref.name === '') return undefined;
  try {
    return (await client.get(kind, ref, { ...(signal && { signal }) })) as unknown as JsonObject;
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
