import type { JsonObject } from '@shared/lib/types.ts';
import { mutateView, type SubresourceView, validateView } from '../admission/admission.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { admissionRequest } from './write.ts';

export interface Viewed {
  readonly options: WriteOptions;
  readonly view: SubresourceView & { readonly object: JsonObject };
  /** Checks and completes what was sent, between those who change it and those who judge it. Throws ApiError. */
  settle?(object: JsonObject): Promise<JsonObject> | JsonObject;
}

/**
 * Has webhooks and policies change and judge an object that is stored with no other: what was sent to a subresource,
 * or is only answered. Yields what became of it. Throws ApiError.
 */
export async function admitView(
  server: ServerContext,
  target: Target,
  { options, view, settle }: Viewed,
): Promise<JsonObject> {
  const request = admissionRequest(server, target, options, { operation: view.operation, view });
  const mutated = (await mutateView(request)) ?? view.object;
  const settled = (await settle?.(mutated)) ?? mutated;
  if (settled !== view.object) request.reinvocation.viewed = settled;
  await validateView(request);
  return settled;
}
