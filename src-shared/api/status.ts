/**
 * Errors as the Kubernetes API states them: a `Status` object, and for invalid input the full list of field
 * errors in one answer. Source: Kubernetes API conventions, "Response Status Kind".
 */

/** Closed list; each implies one HTTP code (see {@link httpCodes}). */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'Timeout';

export const httpCodes: Readonly<Record<StatusReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
};

/** `reason` values of `details.causes`, as kubectl and client-go know them. */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/**
 * One complaint about one field. `field` is a path as Kubernetes writes it: `spec.containers[0].image`,
 * `metadata.labels[app]`; `message` is the whole text after the colon, e.g.
 * `Invalid value: "A": a lowercase RFC 1123 label must consist of …`.
 */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly message: string;
  /** It was so before and is let pass: people are told, nothing is refused. */
  readonly isWarning?: boolean;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: { reason?: string; message?: string; field?: string }[];
  retryAfterSeconds?: number;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#status-v1-meta */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code: number;
}

/** A refusal by the API. Thrown by the server's parts and, on the other side, by the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: Status;
  /** What there was to warn of before the refusal. */
  warnings?: readonly string[];

  constructor(status: Status, options?: { cause?: unknown }) {
    super(status.message ?? status.reason ?? `HTTP ${status.code}`, options);
    this.status = status;
  }

  get reason(): StatusReason | undefined {
    return this.status.reason;
  }

  get code(): number {
    return this.status.code;
  }

  /** `apiError('NotFound', 'pods "a" not found', { name: 'a', kind: 'pods' })` */
  static of(reason: StatusReason, message: string, details?: StatusDetails): ApiError {
    return new ApiError({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details && { details }),
      code: httpCodes[reason],
    });
  }

  /** 404 as kubectl prints it: `pods "a" not found`, `deployments.apps "a" not found`. */
  static notFound(resource: { group: string; plural: string }, name: string): ApiError {
    return ApiError.of('NotFound', `${qualifiedResource(resource)} "${name}" not found`, {
      name,
      ...(resource.group && { group: resource.group }),
      kind: resource.plural,
    });
  }

  /** 422 with every field error at once: `Pod "a" is invalid: [spec.x: …, spec.y: …]`. */
  static invalid(
    kind: { group: string; kind: string },
    name: string,
    errors: readonly FieldError[],
  ): ApiError {
    const texts = errors.map((error) => `${error.field}: ${error.message}`);
    const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
    const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
    return ApiError.of('Invalid', `${qualified} "${name}" is invalid: ${list}`, {
      name,
      ...(kind.group && { group: kind.group }),
      kind: kind.kind,
      causes: errors.map(({ type, field, message }) => ({ reason: type, message, field })),
    });
  }
}

/** `pods`, `deployments.apps`: how error texts name a resource. */
export function qualifiedResource(resource: { group: string; plural: string }): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

/** True for an ApiError with the given reason, whatever realm threw it. */
export function isReason(error: unknown, reason: StatusReason): boolean {
  return error instanceof ApiError && error.status.reason === reason;
}

/** Whether nothing new is made there because the namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.reason !== 'Forbidden') return false;
  const causes = error.status.details?.causes ?? [];
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
