import { ApiError } from '@shared/api/status.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { newUid } from '@shared/lib/random.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import type { WebhookClient } from '../webhook-client.ts';
import type { AskWebhook } from './conversion.ts';

const timeoutMs = 30_000;

/**
 * Asks conversion webhooks, by URL or as Services in the cluster, with the definition's own CA bundle.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
export function createWebhookConverter(client: Pick<WebhookClient, 'post'>): AskWebhook {
  return async (crd, objects, desiredAPIVersion) => {
    const { webhook } = crd.spec.conversion ?? {};
    const fail = (why: string, cause?: unknown) => {
      const from = String(objects[0]?.apiVersion ?? '');
      const text = `conversion webhook for ${from}, Kind=${crd.spec.names.kind} failed: ${why}`;
      return new ApiError(ApiError.of('InternalError', text).status, { cause });
    };
    const uid = newUid();
    const version = (webhook?.conversionReviewVersions ?? []).find((one) => one === 'v1') ?? 'v1beta1';
    const review = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: { uid, desiredAPIVersion, objects },
    };
    let answer: unknown;
    try {
      answer = await client.post(webhook?.clientConfig ?? {}, JSON.stringify(review), timeoutMs);
    } catch (cause) {
      throw fail(cause instanceof Error ? cause.message : String(cause), cause);
    }
    return convertedObjects(answer, { uid, count: objects.length, fail });
  };
}

interface Expected {
  readonly uid: string;
  readonly count: number;
  fail(why: string): Error;
}

function convertedObjects(answer: unknown, { uid, count, fail }: Expected): readonly Json[] {
  const response = isJsonObject(answer) && isJsonObject(answer.response) ? answer.response : undefined;
  if (!response) throw fail('the answer has no response');
  if (response.uid !== uid)
    throw fail(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid)}`);
  const result = (isJsonObject(response.result) ? response.result : {}) as JsonObject;
  if (result.status !== 'Success') throw fail(String(result.message ?? 'no reason was given'));
  const objects = Array.isArray(response.convertedObjects)
    ? (response.convertedObjects as readonly Json[])
    : [];
  if (objects.length !== count) throw fail(`expected ${count} converted objects, got ${objects.length}`);
  return objects;
}
