import { ApiError } from '@shared/api/status.ts';
import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';

/** What every error shown to a person consists of. */
export interface ErrorText {
  /** What happened. */
  readonly what: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Field errors or a step's output, a line each. */
  readonly details: readonly string[];
}

/** Turns anything that was thrown, or an error body from the app's RPC, into words. */
export function describeError(error: unknown): ErrorText {
  if (error instanceof AppError) return describeBody(error.toBody());
  if (error instanceof ApiError) return describeApiError(error);
  if (isBody(error)) return describeBody(error);
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) {
    return {
      what: 'The cluster’s API did not answer.',
      remedy:
        'It is tried again by itself. If this stays, look on the Clusters page whether the cluster is running.',
      details: [],
    };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    what: text || 'Something went wrong.',
    remedy: 'Try again; if it happens again, reload the window.',
    details: [],
  };
}

function isBody(error: unknown): error is AppErrorBody {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    'message' in error &&
    typeof error.message === 'string'
  );
}

function describeBody(body: AppErrorBody): ErrorText {
  return {
    what: body.message,
    remedy: body.remedy ?? 'Try again.',
    details: body.detail ? body.detail.split('\n') : [],
  };
}

function describeApiError(error: ApiError): ErrorText {
  const causes = error.status.details?.causes ?? [];
  const details = causes.map((cause) => [cause.field, cause.message].filter(Boolean).join(': '));
  const subject = error.status.details?.name ? `“${error.status.details.name}”` : 'The object';
  const what =
    causes.length > 1 ? `${subject} was refused: ${causes.length} fields need attention.` : error.message;
  return { what, remedy: apiRemedy(error), details: causes.length > 1 ? details : [] };
}

function apiRemedy(error: ApiError): string {
  switch (error.reason) {
    case 'NotFound':
      return 'It may have been deleted meanwhile. Go back to the list.';
    case 'Conflict':
      return 'Someone changed the object meanwhile. Look at the difference and apply again.';
    case 'AlreadyExists':
      return 'Choose another name, or edit the existing object.';
    case 'Invalid':
      return 'Correct the fields named and apply again.';
    case 'BadRequest':
      return 'Correct the manifest and apply again.';
    case 'Forbidden':
      return 'The cluster’s rules do not allow this. Read the message for the rule.';
    case 'Unauthorized':
      return 'Reload the window to sign in again.';
    case 'TooManyRequests':
    case 'Timeout':
      return 'The API is busy. Try again in a moment.';
    case 'ServiceUnavailable':
      return 'The cluster is starting or stopped. See the Clusters page.';
    default:
      // How Kubernetes answers a server-side apply of a field that its schema does not have.
      if (error.message.includes('field not declared in schema'))
        return 'Correct the manifest and apply again.';
      return error.code >= 500
        ? 'Try again. If it happens again, look into the cluster’s control-plane log.'
        : 'Correct the request and try again.';
  }
}
