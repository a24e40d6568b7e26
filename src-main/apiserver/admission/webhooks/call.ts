import { ApiError, type Status } from '@shared/api/status.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { WebhookClient } from '../../webhook-client.ts';
import { annotateAudit, warn } from '../admission.ts';
import { internalError } from '../matching/reshape.ts';
import type { Subject } from '../matching/subject.ts';
import type { WebhookOutcome } from '../metrics.ts';
import { reviewOf, type Verdict, verdictOf } from './admission-review.ts';
import type { Invocation } from './invocation.ts';

/** The webhook could not be asked, or its answer made no sense: the failure policy decides. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  constructor(webhook: string, why: string) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`);
  }
}

export interface Caller {
  readonly client: WebhookClient;
  readonly isMutating: boolean;
}

/**
 * Asks one webhook. Rejects with CallFailure, or with the refusal (ApiError). Warnings and audit annotations are
 * passed on.
 */
export async function callWebhook(
  caller: Caller,
  subject: Subject,
  invocation: Invocation,
): Promise<Verdict> {
  const { webhook } = invocation.hook;
  const { server } = subject.request;
  const began = performance.now();
  const tell = (result: WebhookOutcome['result'], code: number) =>
    server.admissionMetrics.webhook({
      name: webhook.name ?? '',
      isMutating: caller.isMutating,
      operation: subject.operation,
      seconds: (performance.now() - began) / 1000,
      code,
      result,
    });
  try {
    const verdict = await ask(caller, subject, invocation);
    tell('allowed', 200);
    return verdict;
  } catch (error) {
    if (error instanceof ApiError) tell('denied', error.code);
    else if (error instanceof CallFailure)
      tell(webhook.failurePolicy === 'Ignore' ? 'failed-open' : 'failed', 0);
    throw error;
  }
}

async function ask(
  { client, isMutating }: Caller,
  subject: Subject,
  invocation: Invocation,
): Promise<Verdict> {
  const { webhook } = invocation.hook;
  const { name = '', sideEffects, clientConfig, timeoutSeconds = 10 } = webhook;
  if (subject.isDryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
    throw ApiError.of('BadRequest', `admission webhook ${JSON.stringify(name)} does not support dry run`);
  const review = await reviewOf(subject, invocation);
  if (!review) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallFailure(name, `could not create admission objects: ${why}`);
  }
  let answer: unknown;
  try {
    answer = await client.post(clientConfig ?? {}, review.body, timeoutSeconds * 1000);
  } catch (error) {
    throw new CallFailure(name, `failed to call webhook: ${textOf(error)}`);
  }
  let verdict: Verdict;
  try {
    verdict = verdictOf(answer, review, isMutating);
  } catch (error) {
    throw new CallFailure(name, `received invalid webhook response: ${textOf(error)}`);
  }
  for (const [key, value] of Object.entries(verdict.auditAnnotations))
    annotateAudit(subject.request, `${name}/${key}`, String(value));
  for (const text of verdict.warnings) warn(subject.request, text);
  if (!verdict.isAllowed) throw denial(name, verdict.status);
  return verdict;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Source: apiserver, `webhookerrors.ToStatusErr`. */
function denial(name: string, status: JsonObject): ApiError {
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const { message, reason, details } = status;
  const code = typeof status.code === 'number' && status.code >= 400 ? status.code : 400;
  const why = message || reason;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: why ? `${denied}: ${String(why)}` : `${denied} without explanation`,
    ...(typeof reason === 'string' && reason !== '' && { reason: reason as NonNullable<Status['reason']> }),
    ...(details && { details: details as NonNullable<Status['details']> }),
    code,
  });
}

/** What a failed call means: 500, or undefined where failures are ignored. */
export function failureOf(error: unknown, { hook }: Invocation): ApiError | undefined {
  if (!(error instanceof CallFailure)) throw error;
  return hook.webhook.failurePolicy === 'Ignore' ? undefined : internalError(error.message);
}
