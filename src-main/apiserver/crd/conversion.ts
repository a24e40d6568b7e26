import { apiVersionOf } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import type { Crd } from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { isJsonObject, jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly, Json, JsonObject } from '@shared/lib/types.ts';

/** Brings objects of one kind into another version of it: same objects, same order; changes nothing it is handed. */
export type Converter = (
  objects: readonly DeepReadonly<JsonObject>[],
  apiVersion: string,
) => Promise<JsonObject[]> | JsonObject[];

/** Asks a conversion webhook; see {@link createWebhookConverter}. */
export type AskWebhook = (
  crd: Crd,
  objects: readonly JsonObject[],
  apiVersion: string,
) => Promise<readonly Json[]>;

/** How a definition's objects become those of another version: by renaming alone, or by its webhook. */
export function converterOf(crd: Crd, ask: AskWebhook): Converter {
  if (crd.spec.conversion?.strategy !== 'Webhook')
    return (objects, apiVersion) => objects.map((object) => renamed(object as JsonObject, apiVersion));
  return (objects, apiVersion) => {
    const values = objects as readonly JsonObject[];
    const foreign = values.filter((object) => object.apiVersion !== apiVersion);
    if (foreign.length === 0) return [...values];
    return ask(crd, foreign, apiVersion).then((answers) => {
      const converted = new Map(foreign.map((object, i) => [object, answers[i]]));
      return values.map((object) => {
        if (!converted.has(object)) return object;
        return checked(crd, object, { answer: converted.get(object), apiVersion });
      });
    });
  };
}

function renamed(object: JsonObject, apiVersion: string): JsonObject {
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

interface Answer {
  readonly answer: Json | undefined;
  readonly apiVersion: string;
}

/** A converted object, as far as webhooks may change it: of the metadata, labels and annotations alone. */
function checked(crd: Crd, original: JsonObject, { answer, apiVersion }: Answer): JsonObject {
  const metadata = isJsonObject(original.metadata) ? original.metadata : {};
  const fail = (why: string) => {
    const { group, names } = crd.spec;
    const name = `conversion webhook for ${apiVersionOf({ group, version: String(original.apiVersion).split('/')[1] ?? '' })}, Kind=${names.kind}`;
    return ApiError.of('InternalError', `${name} failed: ${why}`);
  };
  if (!isJsonObject(answer)) throw fail('the answer holds something else than objects');
  if (answer.apiVersion !== apiVersion)
    throw fail(`invalid groupVersion (want ${apiVersion}, got ${String(answer.apiVersion)})`);
  if (answer.kind !== original.kind)
    throw fail(`invalid kind (want ${String(original.kind)}, got ${String(answer.kind)})`);
  const got = isJsonObject(answer.metadata) ? answer.metadata : {};
  for (const key of ['name', 'namespace', 'uid']) {
    if (got[key] !== undefined && !jsonEqual(got[key], metadata[key]))
      throw fail(`invalid metadata.${key}: must not be changed`);
  }
  const { labels: _, annotations: __, ...kept } = metadata;
  const merged = {
    ...kept,
    ...(isJsonObject(got.labels) && { labels: got.labels }),
    ...(isJsonObject(got.annotations) && { annotations: got.annotations }),
  };
  return { ...answer, metadata: merged };
}
