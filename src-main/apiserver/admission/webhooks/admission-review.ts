import { isJsonObject } from '@shared/lib/json.ts';
import { newUid } from '@shared/lib/random.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { reviewFacts } from '../matching/review-facts.ts';
import type { Subject } from '../matching/subject.ts';
import type { Invocation } from './invocation.ts';

const group = 'admission.k8s.io';

export interface Review {
  readonly uid: string;
  readonly version: string;
  readonly body: string;
}

/** The question to a webhook, in the first version it and we know; undefined when there is none. */
export async function reviewOf(subject: Subject, { hook, form }: Invocation): Promise<Review | undefined> {
  const versions = hook.webhook.admissionReviewVersions;
  const version = versions?.find((one) => one === 'v1' || one === 'v1beta1');
  if (version === undefined) return undefined;
  const uid = newUid();
  const { object, oldObject } = await subject.inForm(form);
  const { dryRun, ...facts } = reviewFacts(subject, form);
  const { options } = subject;
  const request: JsonObject = {
    uid,
    ...facts,
    object,
    oldObject,
    dryRun,
    options: options.kind === '' ? null : options,
  };
  const review = { kind: 'AdmissionReview', apiVersion: `${group}/${version}`, request };
  return { uid, version, body: JSON.stringify(review) };
}

/** What a webhook answered, checked. */
export interface Verdict {
  readonly isAllowed: boolean;
  readonly status: JsonObject;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
  /** Base64 of the patch; '' for none. */
  readonly patch: string;
  readonly patchType: string;
}

/** Reads an answer. Throws with a sentence when it does not answer the question. */
export function verdictOf(answer: unknown, { uid, version }: Review, isMutating: boolean): Verdict {
  const response = isJsonObject(answer) ? answer.response : undefined;
  if (!isJsonObject(answer) || !isJsonObject(response)) throw new Error('webhook response was absent');
  const patch = textOf(response.patch);
  const { patchType } = response;
  if (version === 'v1') {
    if (response.uid !== uid)
      throw new Error(
        `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(textOf(response.uid))}`,
      );
    if (answer.apiVersion !== `${group}/v1` || answer.kind !== 'AdmissionReview') {
      const [of = '', at = ''] = textOf(answer.apiVersion).split('/');
      throw new Error(
        `expected webhook response of ${group}/v1, Kind=AdmissionReview, got ${of}/${at}, Kind=${textOf(answer.kind)}`,
      );
    }
    checkPatch(patch, patchType, isMutating);
  }
  return {
    isAllowed: response.allowed === true,
    status: isJsonObject(response.status) ? response.status : {},
    warnings: Array.isArray(response.warnings) ? response.warnings.map(String) : [],
    auditAnnotations: isJsonObject(response.auditAnnotations)
      ? (response.auditAnnotations as Readonly<Record<string, string>>)
      : {},
    patch: isMutating ? patch : '',
    patchType: version === 'v1' ? textOf(patchType) : 'JSONPatch',
  };
}

function checkPatch(patch: string, patchType: Json | undefined, isMutating: boolean): void {
  const hasType = patchType !== undefined && patchType !== null;
  if (!isMutating) {
    if (patch !== '') throw new Error('validating webhook may not return response.patch');
    if (hasType) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (patch !== '' && !hasType) throw new Error('webhook returned response.patch but not response.patchType');
  if (patch === '' && hasType) throw new Error('webhook returned response.patchType but not response.patch');
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
