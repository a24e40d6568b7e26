import type { FieldError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Compare, Op } from '../../store/store.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import type { ApiObject, DraftObject } from '../objects.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What an admission module is asked about. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly options: WriteOptions;
  /** The stored object before the change; absent on CREATE. */
  readonly old?: ApiObject;
  readonly server: ServerContext;
  /**
   * Further conditions and changes of the transaction that stores the object: allocations are made and
   * released in it, so they cannot race with it and are not lost when it fails.
   */
  readonly transaction: { readonly compare: Compare[]; readonly ops: Op[] };
}

/**
 * A server effect on objects on their way in that needs other objects, and hence is not part of the kind.
 * Refusals are thrown (ApiError). A module may run several times for one request, when the transaction lost
 * against another one: it keeps no state of its own.
 */
export interface AdmissionModule {
  readonly name: string;
  /** Whether the module has anything to do with the request; cheap. */
  handles(request: AdmissionRequest): boolean;
  /** Edits the draft before validation. Not called for DELETE. */
  mutate?(draft: DraftObject, request: AdmissionRequest): Promise<void> | void;
  /** Called when the object leaves the store: adds operations that give back what it held. */
  release?(object: ApiObject, request: AdmissionRequest): Promise<void> | void;
  /** Judges the final object (for DELETE: the stored one). Returns field errors or throws. */
  validate?(
    object: ApiObject,
    request: AdmissionRequest,
  ): Promise<readonly FieldError[]> | readonly FieldError[];
}

/** Runs the mutating halves, in order. */
export async function mutate(draft: DraftObject, request: AdmissionRequest): Promise<void> {
  for (const module of request.server.admission) {
    if (module.mutate && module.handles(request)) await module.mutate(draft, request);
  }
}

/** Runs the validating halves, in order, and gathers their field errors. */
export async function validate(object: ApiObject, request: AdmissionRequest): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  for (const module of request.server.admission) {
    if (module.validate && module.handles(request)) errors.push(...(await module.validate(object, request)));
  }
  return errors;
}

/** Lets every module give back what a removed object held. */
export async function release(object: ApiObject, request: AdmissionRequest): Promise<void> {
  for (const module of request.server.admission) {
    if (module.release && module.handles(request)) await module.release(object, request);
  }
}

/** Adds a `Warning` header to the answer, once, however often the request is tried. */
export function warn({ options }: Pick<AdmissionRequest, 'options'>, text: string): void {
  if (!options.warnings.includes(text)) options.warnings.push(text);
}

/** Notes a fact beside the request's entry in the audit log; keys are `<domain>/<name>`. */
export function annotateAudit(
  { options }: Pick<AdmissionRequest, 'options'>,
  key: string,
  value: string,
): void {
  options.auditAnnotations?.set(key, value);
}
