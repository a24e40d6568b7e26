import type { FieldError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Compare, Op } from '../../store/store.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import type { ApiObject, DraftObject } from '../objects.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/**
 * What was sent to a subresource that has an object of its own (a Scale, a Binding, the options of an exec), as
 * webhooks and policies are shown it in place of the object it belongs to.
 */
export interface SubresourceView {
  readonly operation: Operation;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly object: JsonObject | null;
  readonly oldObject: JsonObject | null;
  /** `CreateOptions` and the like; absent: by the operation. */
  readonly options?: JsonObject;
  /** Brings what became of the object into the draft; absent where there is none: {@link mutateView} yields it. */
  apply?(draft: DraftObject, object: JsonObject): void;
}

/** What an admission module is asked about. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly options: WriteOptions;
  /** The stored object before the change; absent on CREATE. */
  readonly old?: ApiObject | undefined;
  readonly server: ServerContext;
  /** What webhooks and policies are shown instead of the object. */
  readonly view?: SubresourceView | undefined;
  /** DELETE: what of `DeleteOptions` the request stated. */
  readonly deleteOptions?: JsonObject | undefined;
  readonly reinvocation: Reinvocation;
  /**
   * Further conditions and changes of the transaction that stores the object: allocations are made and
   * released in it, so they cannot race with it and are not lost when it fails.
   */
  readonly transaction: { readonly compare: Compare[]; readonly ops: Op[] };
}

/** Whether modules run a second time because a webhook or a policy has changed the object; and what they remember. */
export interface Reinvocation {
  isSecondRound: boolean;
  isWanted: boolean;
  /** What became of the object of a {@link SubresourceView}. */
  viewed?: JsonObject;
  readonly memory: Map<AdmissionModule, unknown>;
}

/**
 * A server effect on objects on their way in that needs other objects, and hence is not part of the kind.
 * Refusals are thrown (ApiError). A module may run several times for one request, when the transaction lost
 * against another one: it keeps no state of its own.
 */
export interface AdmissionModule {
  readonly name: string;
  /** Not run again when webhooks or policies have changed the object: what it adds to the transaction stands. */
  readonly runsOnce?: boolean;
  /** Whether the module has anything to do with the request; cheap. */
  handles(request: AdmissionRequest): boolean;
  /** Edits the draft before validation. Not called for DELETE. */
  mutate?(draft: DraftObject, request: AdmissionRequest): Promise<void> | void;
  /** Called when the object leaves the store: adds operations that give back what it held. */
  release?(object: ApiObject, request: AdmissionRequest): Promise<void> | void;
  /**
   * Judges what of the final object, or of its status, the kind itself cannot: expressions, which only the server runs, and
   * permissions. Its complaints stand beside the kind's own in one answer: the object may be wrong in any other way. Not
   * called for DELETE.
   */
  check?(
    object: ApiObject,
    request: AdmissionRequest,
  ): Promise<readonly FieldError[]> | readonly FieldError[];
  /** Judges the valid object (for DELETE: the stored one). Returns field errors or throws. */
  validate?(
    object: ApiObject,
    request: AdmissionRequest,
  ): Promise<readonly FieldError[]> | readonly FieldError[];
  /** Edits an object that is stored with no other (`request.view`): what became of it is `reinvocation.viewed`. Throws. */
  mutateView?(request: AdmissionRequest): Promise<void>;
  /** Judges such an object. Throws. */
  validateView?(request: AdmissionRequest): Promise<void>;
  /** Releases what the module holds, when the server ends. */
  dispose?(): void;
}

/** Runs the mutating halves, in order; once more when webhooks or policies have changed the object. */
export async function mutate(draft: DraftObject, request: AdmissionRequest): Promise<void> {
  for (const module of request.server.admission) {
    if (module.mutate && module.handles(request)) await module.mutate(draft, request);
  }
  if (!request.reinvocation.isWanted) return;
  request.reinvocation.isSecondRound = true;
  for (const module of request.server.admission) {
    if (module.mutate && !module.runsOnce && module.handles(request)) await module.mutate(draft, request);
  }
}

/** {@link mutate} for what was sent to a subresource and is stored with nothing. Yields what became of it. */
export async function mutateView(request: AdmissionRequest): Promise<JsonObject | null> {
  const { reinvocation, server, view } = request;
  const run = async () => {
    for (const module of server.admission)
      if (module.mutateView && module.handles(request)) await module.mutateView(request);
  };
  await run();
  if (reinvocation.isWanted) {
    reinvocation.isSecondRound = true;
    await run();
  }
  return reinvocation.viewed ?? view?.object ?? null;
}

/** {@link validate} for such an object. Throws ApiError. */
export async function validateView(request: AdmissionRequest): Promise<void> {
  for (const module of request.server.admission)
    if (module.validateView && module.handles(request)) await module.validateView(request);
}

/** What modules complain about in the object itself. */
export async function check(object: ApiObject, request: AdmissionRequest): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  for (const module of request.server.admission) {
    if (module.check && module.handles(request)) errors.push(...(await module.check(object, request)));
  }
  return errors;
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
