import { apiVersionOf } from '@shared/api/meta.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { rfc3339Micro } from '@shared/lib/time.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { Attributes } from '../auth/authorizer.ts';
import { parseBody } from '../registry/body.ts';
import type { ApiServerResponse, RequestBody, UserInfo } from '../request.ts';
import type { Stage, Verdict } from './policy.ts';
import type { Origin } from './trail.ts';

/** Everything an event tells. */
export interface EventFacts {
  readonly verdict: Verdict;
  readonly stage: Stage;
  readonly attributes: Attributes;
  readonly origin: Origin;
  readonly user: UserInfo;
  readonly impersonated: UserInfo | undefined;
  readonly userAgent: string;
  readonly receivedMs: number;
  readonly stageMs: number;
  readonly annotations: ReadonlyMap<string, string>;
  readonly body: RequestBody;
  readonly outcome: Outcome | undefined;
}

interface Outcome {
  readonly code: number;
  readonly message?: string;
  readonly reason?: string;
  readonly answer?: ApiServerResponse | undefined;
}

type ReadonlyObject = DeepReadonly<JsonObject>;

/**
 * The event as one line of JSON. Source: Kubernetes, "Auditing", and the reference of `audit.k8s.io/v1`, kind Event.
 */
export async function eventLine(facts: EventFacts): Promise<string> {
  const { verdict, stage, attributes, origin, user, impersonated, outcome } = facts;
  const isLate = stage === 'ResponseComplete' || stage === 'Panic';
  const { resourceRequest } = attributes;
  const withRequest = resourceRequest && isLate && verdict.level !== 'Metadata';
  const withResponse = resourceRequest && stage === 'ResponseComplete' && verdict.level === 'RequestResponse';
  const request = withRequest ? await requestObject(facts.body) : undefined;
  const response = outcome?.answer;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: verdict.level,
    auditID: origin.auditId,
    stage,
    requestURI: origin.uri,
    verb: attributes.verb,
    user: userOf(user),
    ...(impersonated && { impersonatedUser: userOf(impersonated) }),
    ...(impersonated?.impersonationConstraint && {
      authenticationMetadata: { impersonationConstraint: impersonated.impersonationConstraint },
    }),
    ...(origin.sourceIps.length > 0 && { sourceIPs: origin.sourceIps }),
    ...(facts.userAgent !== '' && { userAgent: bounded(facts.userAgent) }),
    ...(resourceRequest && {
      objectRef: objectRef(attributes, request, isLate ? response : undefined),
    }),
    ...(outcome && { responseStatus: responseStatus(outcome) }),
    ...(request !== undefined && { requestObject: trimmed(request, verdict) }),
    ...(withResponse && response && responseObject(response, verdict)),
    requestReceivedTimestamp: rfc3339Micro(facts.receivedMs),
    stageTimestamp: rfc3339Micro(facts.stageMs),
    ...annotationsOf(facts),
  });
}

const maxUserAgentLength = 1024;

function bounded(userAgent: string): string {
  if (userAgent.length <= maxUserAgentLength) return userAgent;
  return `${userAgent.slice(0, maxUserAgentLength)}...TRUNCATED`;
}

/** Patches of webhooks are parts of objects: told only where objects are. */
function annotationsOf({ annotations, verdict }: EventFacts): object {
  const shown = [...annotations].filter(
    ([key]) => verdict.level !== 'Metadata' || !key.startsWith('patch.webhook.admission.k8s.io/'),
  );
  return shown.length > 0 ? { annotations: Object.fromEntries(shown) } : {};
}

function userOf({ name, uid, groups, extra }: UserInfo): object {
  return {
    ...(name !== '' && { username: name }),
    ...(uid !== undefined && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && Object.keys(extra).length > 0 && { extra }),
  };
}

/** What the request sent; undefined when that was nothing or nothing that can be read. */
async function requestObject(body: RequestBody): Promise<unknown> {
  if (body.type === 'none') return undefined;
  try {
    return (await parseBody(body, 'object')).value;
  } catch {
    return undefined; // the request was refused for the same reason: the event says so
  }
}

function objectRef(
  { resource, namespace, name, group, version, subresource }: Attributes,
  request: unknown,
  answer: ApiServerResponse | undefined,
): object {
  const sent = metadataOf(request);
  const made = answer?.type === 'object' && answer.value.kind !== 'Status' ? metadataOf(answer.value) : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const named = name || text(sent.name) || text(made.name);
  return {
    ...(resource !== '' && { resource }),
    ...(namespace !== '' && { namespace }),
    ...(named !== '' && { name: named }),
    ...(text(sent.uid) !== '' && { uid: sent.uid }),
    ...(group !== '' && { apiGroup: group }),
    ...(version !== '' && { apiVersion: version }),
    ...(text(sent.resourceVersion) !== '' && { resourceVersion: sent.resourceVersion }),
    ...(subresource !== '' && { subresource }),
  };
}

function metadataOf(object: unknown): ReadonlyObject {
  return isJsonObject(object) && isJsonObject(object.metadata) ? object.metadata : {};
}

/** Of a refusal all of its Status, of an answer the code alone. */
function responseStatus({ code, message, reason, answer }: Outcome): object {
  if (answer?.type === 'object' && answer.value.kind === 'Status') {
    const { status, message: why, reason: kind, details } = answer.value;
    return { metadata: {}, status, message: why, reason: kind, details, code };
  }
  const failure = message === undefined ? {} : { status: 'Failure', message, reason };
  return { metadata: {}, ...failure, code };
}

function responseObject(answer: ApiServerResponse, verdict: Verdict): object {
  switch (answer.type) {
    case 'object':
      return { responseObject: trimmed(answer.value, verdict) };
    case 'list': {
      const { kind, metadata, entries } = answer;
      const items = entries.map(({ value }) => trimmed(value, verdict));
      const head = { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata };
      return { responseObject: { ...head, items } };
    }
    case 'raw':
    case 'watch':
    case 'stream':
    case 'handover':
      return {};
  }
}

/** Without `metadata.managedFields`, where the policy does not want them. */
function trimmed(object: unknown, { managedFields }: Verdict): unknown {
  if (!managedFields || !isJsonObject(object)) return object;
  if (Array.isArray(object.items)) {
    return { ...object, items: object.items.map((item) => withoutManagedFields(item)) };
  }
  if (Array.isArray(object.rows)) {
    const rows = object.rows.map((row) =>
      isJsonObject(row) ? { ...row, object: withoutManagedFields(row.object) } : row,
    );
    return { ...object, rows };
  }
  return withoutManagedFields(object);
}

function withoutManagedFields(object: unknown): unknown {
  if (!isJsonObject(object) || !isJsonObject(object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
