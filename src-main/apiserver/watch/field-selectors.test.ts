import { collectionPath, type ObjectRef, objectPath, refOf } from '@shared/client/client.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { nameOf } from '@shared/kinds/examples.test-fixture.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps, callJson } from '../../testing/https.ts';
import { everyKind, type KindExample, patience } from '../every-kind.test-fixture.ts';

/**
 * To a watch with a selector, an object that comes to match is ADDED and one that ceases to is DELETED, whatever
 * became of it: https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */

let cluster: TestCluster;
const histories = new Map<string, History>();

interface History {
  readonly since: number;
  /** What the fields were at first. */
  readonly first: Readonly<Record<string, string>>;
  /** What those that changed were in between. */
  readonly changed: Readonly<Record<string, string>>;
}

interface Change {
  readonly body: JsonObject;
  readonly subresource?: 'status';
  /** It cannot be taken back. */
  readonly isFinal?: boolean;
}

const status = (fields: JsonObject): Change => ({ body: { status: fields }, subresource: 'status' });

/** Changes of fields that may change. */
const changes: Readonly<Record<string, Readonly<Record<string, Change>>>> = {
  'v1/Pod': {
    'status.phase': status({ phase: 'Running' }),
    'status.podIP': status({ podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }] }),
    'status.nominatedNodeName': status({ nominatedNodeName: 'n1' }),
  },
  'v1/Service': { 'spec.type': { body: { spec: { type: 'NodePort' } } } },
  'v1/Node': { 'spec.unschedulable': { body: { spec: { unschedulable: true } } } },
  'v1/ReplicationController': { 'status.replicas': status({ replicas: 2 }) },
  'apps/v1/ReplicaSet': { 'status.replicas': status({ replicas: 2 }) },
  'batch/v1/Job': { 'status.successful': { ...status({ succeeded: 1 }), isFinal: true } },
  'v1/Event': { reason: { body: { reason: 'Other' } }, type: { body: { type: 'Warning' } } },
};

/** Fields of the same kind that a change of another one changes as well. */
const together: Readonly<Record<string, readonly string[]>> = { 'status.podIP': ['status.podIPs'] };

const special: Readonly<Record<string, JsonObject>> = {
  'v1/Service': { spec: { ports: [{ port: 80 }], selector: { app: 'web' } } },
  'v1/Event': {
    metadata: { name: 'web.2', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default', uid: 'u', apiVersion: 'v1' },
    reason: 'Started',
    type: 'Normal',
    source: { component: 'kubelet' },
    reportingComponent: 'kubelet',
  },
};

const examples = (await everyKind()).filter(({ kind }) => Object.keys(kind.selectableFields).length > 0);

beforeAll(async () => {
  cluster = await startTestCluster();
  for (const example of examples) histories.set(nameOf(example.kind), await live(example));
}, patience);

afterAll(() => cluster.close());

/** An object comes, changes field by field and back, and goes. */
async function live({ kind, object }: KindExample): Promise<History> {
  const { client, store } = cluster;
  const since = store.revision;
  const created = await client.create(kind, { ...object, ...special[nameOf(kind)] });
  const first = fieldsOf(kind, created);
  const changed: Record<string, string> = {};
  for (const [field, { body, subresource, isFinal }] of Object.entries(changes[nameOf(kind)] ?? {})) {
    const options = subresource ? { subresource } : {};
    const after = await client.patch(kind, refOf(created), { type: 'merge', body }, options);
    for (const one of [field, ...(together[field] ?? [])]) changed[one] = fieldsOf(kind, after)[one] ?? '';
    if (isFinal) continue;
    const back = undone(created as JsonObject, body);
    await client.patch(kind, refOf(created), { type: 'merge', body: back }, options);
  }
  await client.delete(kind, refOf(created), { propagationPolicy: 'Background' });
  if (kind.kind === 'Namespace') changed['status.phase'] = await finalize(refOf(created));
  return { since, first, changed };
}

/** A namespace that is deleted ends until nothing holds it; answers with its phase in the meantime. */
async function finalize(ref: ObjectRef): Promise<string> {
  const namespace = await cluster.client.get(namespaceKind, ref);
  const path = `${objectPath(namespaceKind, ref)}/finalize`;
  const body = { ...namespace, spec: { finalizers: [] } };
  const { status: code, text } = await callJson(cluster, { method: 'PUT', path, body });
  expect(code, text).toBe(200);
  return namespace.status?.phase ?? '';
}

function fieldsOf(kind: AnyKind, object: object): Record<string, string> {
  const fields = Object.entries(kind.selectableFields).map(([field, select]) => [field, select(object)]);
  return Object.fromEntries(fields) as Record<string, string>;
}

/** The merge patch that takes a change back. */
function undone(before: JsonObject | undefined, body: JsonObject): JsonObject {
  const members = Object.entries(body).map(([key, value]) => {
    const old = before?.[key];
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [key, isMap ? undone(old as JsonObject | undefined, value as JsonObject) : (old ?? null)];
  });
  return Object.fromEntries(members) as JsonObject;
}

/** What became of matching, in the eyes of a watch that goes back to the beginning. */
async function seen({ kind, object }: KindExample, since: number, fieldSelector: string): Promise<string[]> {
  const query = new URLSearchParams({
    watch: 'true',
    timeoutSeconds: '1',
    resourceVersion: String(since),
    fieldSelector,
  });
  const path = collectionPath(kind, kind.namespaced ? 'default' : undefined);
  const { status: code, text } = await callHttps(cluster, { path: `${path}?${query}` });
  expect(code, text).toBe(200);
  const events = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string } } });
  const name =
    (special[nameOf(kind)]?.metadata as { name: string } | undefined)?.name ?? object.metadata?.name;
  return events
    .filter((event) => event.object.metadata.name === name && event.type !== 'MODIFIED')
    .map(({ type }) => type);
}

const once = ['ADDED', 'DELETED'];

describe.concurrent('a watch by a field hears when objects come to match and cease to', () => {
  it.each(
    examples.flatMap((example) =>
      Object.keys(example.kind.selectableFields).map(
        (field) => [nameOf(example.kind), field, example] as const,
      ),
    ),
  )('%s %s', async (name, field, example) => {
    const { since, first, changed } = histories.get(name) ?? { since: 0, first: {}, changed: {} };
    const before = first[field] ?? '';
    const between = changed[field];
    const by = (selector: string) => seen(example, since, `${field}${selector}`);
    if (between === undefined) {
      expect(await Promise.all([by(`=${before}`), by(`!=${before}`)])).toEqual([once, []]);
      return;
    }
    expect(between).not.toBe(before);
    const comesBack = changes[name] !== undefined && !changes[name][field]?.isFinal;
    expect(await Promise.all([by(`=${before}`), by(`=${between}`), by(`!=${before}`)])).toEqual([
      comesBack ? [...once, ...once] : once,
      once,
      once,
    ]);
  });
});
