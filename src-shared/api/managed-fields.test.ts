import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../lib/freeze.ts';
import { isJsonObject } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { builtinSchemas } from '../schema/registry.ts';
import { serverSideApply, trackUpdate } from './managed-fields.ts';
import type { ManagedFieldsEntry } from './meta.ts';
import { ApiError } from './status.ts';

const time = '2026-01-01T00:00:00Z';
const later = '2026-01-01T00:00:05Z';

interface Setting {
  readonly schemaName?: string;
  readonly apiVersion?: string;
  readonly force?: boolean;
  readonly now?: string;
  readonly subresource?: string;
}

function basics({
  schemaName = 'io.k8s.api.core.v1.ConfigMap',
  apiVersion = 'v1',
  now = time,
  subresource,
}: Setting) {
  return { schemas: builtinSchemas, schemaName, apiVersion, now, ...(subresource && { subresource }) };
}

/** Applies as the server does; the object comes back frozen, as a store would hand it out. */
function apply(
  manager: string,
  live: JsonObject | undefined,
  applied: JsonObject,
  setting: Setting = {},
): JsonObject {
  const object = serverSideApply({
    ...basics(setting),
    live,
    applied,
    manager,
    force: setting.force ?? false,
  });
  return frozen(object);
}

function update(
  manager: string,
  live: JsonObject | undefined,
  change: JsonObject,
  setting: Setting = {},
): JsonObject {
  const metadata = { ...metadataOf(live), ...metadataOf(change) };
  const updated = { ...live, ...change, metadata };
  const managedFields = trackUpdate({ ...basics(setting), live, updated, manager });
  return frozen({ ...updated, metadata: { ...metadata, managedFields: managedFields as unknown as Json } });
}

function frozen(object: JsonObject): JsonObject {
  deepFreeze<unknown>(object);
  return object;
}

function metadataOf(object: JsonObject | undefined): JsonObject {
  return isJsonObject(object?.metadata) ? object.metadata : {};
}

function managers(object: JsonObject): ManagedFieldsEntry[] {
  return metadataOf(object).managedFields as unknown as ManagedFieldsEntry[];
}

/** `manager/operation` → fields. */
function owned(object: JsonObject): Record<string, Json | undefined> {
  return Object.fromEntries(
    managers(object).map((entry) => [`${entry.manager}/${entry.operation}`, entry.fieldsV1]),
  );
}

function withoutManagers(object: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}

function conflict(act: () => unknown): ApiError {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('no conflict');
}

const configMap = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'd', ...metadata },
  data,
});

describe('trackUpdate', () => {
  it('gives the creator everything it sent, but nothing of the server', () => {
    const object = configMap(
      { a: '1' },
      { uid: 'u', labels: { app: 'x' }, creationTimestamp: time, generateName: 'a-' },
    );
    expect(managers(update('kubectl-create', undefined, object))).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:generateName': {}, 'f:labels': { '.': {}, 'f:app': {} } },
          'f:data': { '.': {}, 'f:a': {} },
        },
      },
    ]);
  });

  it('moves what was changed to whoever changed it, and forgets what was removed', () => {
    const created = update('one', undefined, configMap({ a: '1', b: '2', c: '3' }));
    const changed = update('two', created, { data: { a: '1', b: 'x', d: '4' } }, { now: later });
    expect(owned(changed)).toEqual({
      'one/Update': { 'f:data': { '.': {}, 'f:a': {} } },
      'two/Update': { 'f:data': { 'f:b': {}, 'f:d': {} } },
    });
    expect(managers(changed).map((entry) => entry.time)).toEqual([time, later]);
  });

  it('leaves everything as it is when nothing changed', () => {
    const created = update('one', undefined, configMap({ a: '1' }));
    const same = update('two', created, { data: { a: '1' } }, { now: later });
    expect(managers(same)).toEqual(managers(created));
  });

  it('adds to the entry a manager has', () => {
    const created = update('one', undefined, configMap({ a: '1' }));
    const changed = update('one', created, { data: { a: '1', b: '2' } }, { now: later });
    expect(owned(changed)).toEqual({ 'one/Update': { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } });
    expect(managers(changed)[0]?.time).toBe(later);
  });

  it('keeps subresources apart', () => {
    const setting = { schemaName: 'io.k8s.api.core.v1.Pod', subresource: 'status' };
    const pod = update(
      'kubectl',
      undefined,
      { metadata: { name: 'p' }, spec: { nodeName: 'n' } },
      { ...setting, subresource: '' },
    );
    const running = update(
      'kubelet',
      pod,
      {
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          podIPs: [{ ip: '10.0.0.1' }],
        },
      },
      setting,
    );
    expect(managers(running)[1]).toEqual({
      manager: 'kubelet',
      operation: 'Update',
      apiVersion: 'v1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:status': {
          'f:phase': {},
          'f:conditions': { '.': {}, 'k:{"type":"Ready"}': { '.': {}, 'f:type': {}, 'f:status': {} } },
          'f:podIPs': { '.': {}, 'k:{"ip":"10.0.0.1"}': { '.': {}, 'f:ip': {} } },
        },
      },
      subresource: 'status',
    });
  });

  it('takes an item of a keyed list by its keys, a set by its values, and atomic things as a whole', () => {
    const service: JsonObject = {
      metadata: { name: 's', finalizers: ['a/b'] },
      spec: {
        selector: { app: 'x' },
        ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }],
        clusterIPs: ['None'],
        sessionAffinityConfig: {},
      },
    };
    expect(
      owned(update('m', undefined, service, { schemaName: 'io.k8s.api.core.v1.Service' }))['m/Update'],
    ).toEqual({
      'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a/b"': {} } },
      'f:spec': {
        'f:selector': {},
        'f:clusterIPs': {},
        'f:sessionAffinityConfig': {},
        'f:ports': {
          '.': {},
          'k:{"port":53,"protocol":"UDP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
          'k:{"port":53,"protocol":"TCP"}': { '.': {}, 'f:port': {} },
        },
      },
    });
  });

  it('copes with items that share their keys', () => {
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }, { name: 'c', image: 'x' }] } };
    const setting = { schemaName: 'io.k8s.api.core.v1.Pod' };
    const created = update('m', undefined, pod, setting);
    const changed = update('n', created, { spec: { containers: [{ name: 'c', image: 'y' }] } }, setting);
    expect(owned(changed)['n/Update']).toEqual({ 'f:spec': { 'f:containers': { 'k:{"name":"c"}': {} } } });
  });

  it('forgets all owners when a client asks, and tracks nothing until the next apply', () => {
    const created = update('one', undefined, configMap({ a: '1' }));
    const reset = update('one', created, { metadata: { managedFields: [{}] } });
    expect(managers(reset)).toEqual([]);
    expect(managers(update('one', reset, { data: { a: '2' } }))).toEqual([]);
    const applied = apply('two', reset, configMap({ b: '1' }));
    expect(Object.keys(owned(applied))).toEqual(['two/Apply', 'before-first-apply/Update']);
  });

  it('honours managed fields a client sends, and ignores malformed or missing ones', () => {
    const created = update('one', undefined, configMap({ a: '1', b: '2' }));
    const sent = [
      {
        manager: 'other',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ];
    expect(Object.keys(owned(update('one', created, { metadata: { managedFields: sent } })))).toEqual([
      'other/Apply',
    ]);
    for (const broken of [
      [{ ...sent[0], fieldsV1: { 'f:data': 1 } }],
      [{ ...sent[0], fieldsV1: { spam: {} } }],
      [{ ...sent[0], fieldsV1: { 'k:{': {} } }],
      [{ ...sent[0], fieldsV1: JSON.parse('{"__proto__":{}}') }],
      [{ ...sent[0], operation: 'Spam' }],
      [],
    ]) {
      expect(owned(update('one', created, { metadata: { managedFields: broken } }))).toEqual(owned(created));
    }
  });

  it('merges the oldest of more than ten updaters', () => {
    let object = update('m0', undefined, configMap({ k0: '0' }));
    for (let i = 1; i <= 12; i++) {
      const data = Object.fromEntries(Array.from({ length: i + 1 }, (_, j) => [`k${j}`, '0']));
      object = update(`m${i}`, object, { data }, { now: `2026-01-01T00:00:${String(i).padStart(2, '0')}Z` });
    }
    expect(managers(object)).toHaveLength(10);
    expect(owned(object)['ancient-changes/Update']).toEqual({
      'f:data': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} },
    });
  });

  it('takes hostile keys for ordinary ones', () => {
    const hostile = configMap(JSON.parse('{"__proto__":"a","constructor":"b"}'));
    const fields = owned(update('m', undefined, hostile))['m/Update'];
    expect(JSON.stringify(fields)).toContain('"f:data":{"f:__proto__":{},"f:constructor":{},".":{}}');
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
});

describe('serverSideApply', () => {
  it('creates an object and owns exactly what was applied', () => {
    const object = apply('one', undefined, configMap({ a: '1' }, { labels: { app: 'x' } }));
    expect(withoutManagers(object)).toEqual(configMap({ a: '1' }, { labels: { app: 'x' } }));
    expect(managers(object)).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:data': { 'f:a': {} } },
      },
    ]);
  });

  it('is idempotent, times included', () => {
    const first = apply('one', undefined, configMap({ a: '1' }));
    expect(apply('one', first, configMap({ a: '1' }), { now: later })).toEqual(first);
  });

  it('removes what it applied before and leaves out now', () => {
    const first = apply('one', undefined, configMap({ a: '1', b: '2' }, { labels: { x: 'y' } }));
    const second = apply('one', first, configMap({ a: '1' }), { now: later });
    expect(withoutManagers(second)).toEqual(configMap({ a: '1' }));
    expect(managers(second)[0]).toMatchObject({ time: later, fieldsV1: { 'f:data': { 'f:a': {} } } });
  });

  it('keeps what others own as well', () => {
    const first = apply('one', undefined, configMap({ a: '1', b: '2' }));
    const shared = apply('two', first, configMap({ b: '2' }));
    expect(owned(shared)).toEqual({
      'one/Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } },
      'two/Apply': { 'f:data': { 'f:b': {} } },
    });
    const left = apply('one', shared, configMap({ a: '1' }));
    expect(withoutManagers(left)).toEqual(configMap({ a: '1', b: '2' }));
    expect(owned(left)).toEqual({
      'one/Apply': { 'f:data': { 'f:a': {} } },
      'two/Apply': { 'f:data': { 'f:b': {} } },
    });
  });

  it('keeps what an ordinary write added', () => {
    const first = apply('one', undefined, configMap({ a: '1' }));
    const labelled = update('kubectl-label', first, { metadata: { labels: { x: 'y' } } });
    const second = apply('one', labelled, configMap({ b: '1' }));
    expect(withoutManagers(second)).toEqual(configMap({ b: '1' }, { labels: { x: 'y' } }));
  });

  it('tells of one conflict as kubectl expects it', () => {
    const live = update(
      'kubectl-client-side-apply',
      undefined,
      { metadata: { name: 'd' }, spec: { replicas: 3 } },
      deployment,
    );
    const error = conflict(() => apply('one', live, { spec: { replicas: 2 } }, deployment));
    expect(error.status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    });
  });

  it('tells of many conflicts, by manager', () => {
    const template = (image: string) => ({
      spec: { containers: [{ name: 'c', image, ports: [{ containerPort: 80, name: image }] }] },
    });
    const first = apply(
      'b',
      undefined,
      { metadata: { name: 'd' }, spec: { template: template('x') } },
      deployment,
    );
    const live = update(
      'a',
      first,
      { spec: { template: template('x'), replicas: 1 } },
      { ...deployment, subresource: 'scale' },
    );
    const error = conflict(() =>
      apply('c', live, { spec: { replicas: 2, template: template('y') } }, deployment),
    );
    expect(error.message).toBe(
      [
        'Apply failed with 3 conflicts: conflicts with "a" with subresource "scale" using apps/v1:',
        '- .spec.replicas',
        'conflicts with "b":',
        '- .spec.template.spec.containers[name="c"].image',
        '- .spec.template.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].name',
      ].join('\n'),
    );
    expect(error.status.details?.causes).toHaveLength(3);
  });

  it('takes over by force, and gives up what it no longer applies', () => {
    const live = update('other', undefined, configMap({ a: '1', b: '2' }));
    const forced = apply('one', live, configMap({ a: 'x' }), { force: true });
    expect(withoutManagers(forced)).toEqual(configMap({ a: 'x', b: '2' }));
    expect(owned(forced)).toEqual({
      'one/Apply': { 'f:data': { 'f:a': {} } },
      'other/Update': { 'f:data': { '.': {}, 'f:b': {} } },
    });
  });

  it('shares a field that has the same value', () => {
    const live = update('other', undefined, configMap({ a: '1' }));
    const shared = apply('one', live, configMap({ a: '1' }));
    expect(owned(shared)).toEqual({
      'one/Apply': { 'f:data': { 'f:a': {} } },
      'other/Update': { 'f:data': { '.': {}, 'f:a': {} } },
    });
  });

  it('lets the two managers of one name and another operation fight', () => {
    const live = update('one', undefined, configMap({ a: '1' }));
    expect(conflict(() => apply('one', live, configMap({ a: '2' }))).message).toBe(
      'Apply failed with 1 conflict: conflict with "one" using v1: .data.a',
    );
  });

  it('merges keyed lists and removes items and fields of items it gave up', () => {
    const spec = (containers: Json) => ({
      metadata: { name: 'd' },
      spec: { template: { spec: { containers } } },
    });
    const first = apply(
      'one',
      undefined,
      spec([
        {
          name: 'a',
          image: 'x',
          env: [
            { name: 'E', value: '1' },
            { name: 'F', value: '2' },
          ],
        },
        { name: 'b', image: 'y' },
      ]),
      deployment,
    );
    const injected = update(
      'injector',
      first,
      spec([...(containersOf(first) as Json[]), { name: 'sidecar', image: 's' }]),
      deployment,
    );
    const second = apply(
      'one',
      injected,
      spec([{ name: 'a', env: [{ name: 'F', value: '3' }] }, { name: 'c' }]),
      deployment,
    );
    expect(containersOf(second)).toEqual([
      { name: 'a', env: [{ name: 'F', value: '3' }] },
      { name: 'sidecar', image: 's' },
      { name: 'c' },
    ]);
  });

  it('removes an item with what the server defaulted in it', () => {
    const spec = (containers: Json) => ({
      metadata: { name: 'd' },
      spec: { template: { spec: { containers } } },
    });
    const first = apply('one', undefined, spec([{ name: 'a' }, { name: 'b' }]), deployment);
    const defaulted = {
      ...first,
      ...spec([
        { name: 'a', imagePullPolicy: 'Always' },
        { name: 'b', imagePullPolicy: 'Always' },
      ]),
      metadata: first.metadata,
    };
    expect(containersOf(apply('one', defaulted, spec([{ name: 'a' }]), deployment))).toEqual([
      { name: 'a', imagePullPolicy: 'Always' },
    ]);
  });

  it('orders items as applied, and leaves those of others before their neighbours', () => {
    const list = (...names: string[]) => ({
      metadata: { name: 'd' },
      spec: { template: { spec: { containers: names.map((name) => ({ name })) } } },
    });
    const live = update('other', undefined, list('x', 'a', 'y', 'b', 'z'), deployment);
    const names = (
      containersOf(apply('one', live, list('b', 'n', 'a'), deployment)) as { name: string }[]
    ).map(({ name }) => name);
    expect(names).toEqual(['x', 'y', 'b', 'z', 'n', 'a']);
  });

  it('refuses a list with an item twice or without its keys', () => {
    const spec = (containers: Json) => ({
      metadata: { name: 'd' },
      spec: { template: { spec: { containers } } },
    });
    expect(() => apply('one', undefined, spec([{ name: 'a' }, { name: 'a' }]), deployment)).toThrow(
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    );
    expect(() => apply('one', undefined, spec([{ image: 'a' }]), deployment)).toThrow(
      'associative list with keys has an element that omits',
    );
  });

  it('replaces atomic maps and lists as a whole', () => {
    const service = (selector: JsonObject, ranges: Json[]) => ({
      metadata: { name: 's' },
      spec: { selector, loadBalancerSourceRanges: ranges },
    });
    const setting = { schemaName: 'io.k8s.api.core.v1.Service' };
    const first = apply('one', undefined, service({ a: 'b' }, ['1']), setting);
    const second = apply('one', first, service({ c: 'd' }, ['2']), setting);
    expect(second.spec).toEqual({ selector: { c: 'd' }, loadBalancerSourceRanges: ['2'] });
    expect(conflict(() => apply('two', second, { spec: { selector: { e: 'f' } } }, setting)).message).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.selector',
    );
  });

  it('lets kubectl take over what it applied client-side, unless somebody changed it since', () => {
    const key = 'kubectl.kubernetes.io/last-applied-configuration';
    const config = configMap({ a: '1', b: '1' });
    const created = update(
      'kubectl-client-side-apply',
      undefined,
      configMap({ a: '1', b: '1' }, { annotations: { [key]: JSON.stringify(config) } }),
    );
    const taken = apply('kubectl', created, configMap({ a: '2', b: '1' }));
    expect(taken.data).toEqual({ a: '2', b: '1' });
    const annotations = metadataOf(taken).annotations as Record<string, string>;
    expect(JSON.parse(annotations[key] ?? '')).toEqual(configMap({ a: '2', b: '1' }, { annotations: {} }));
    const edited = update('kubectl-edit', created, { data: { a: 'x', b: '1' } });
    expect(conflict(() => apply('kubectl', edited, configMap({ a: '2', b: '2' }))).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.a',
    );
    expect(conflict(() => apply('other', created, configMap({ a: '2' }))).reason).toBe('Conflict');
    const broken = update('kubectl-edit', created, { metadata: { annotations: { [key]: '{' } } });
    expect(conflict(() => apply('kubectl', broken, configMap({ a: '2' }))).reason).toBe('Conflict');
  });

  it('does not own the status through the object, nor the spec through the status', () => {
    const main = apply(
      'one',
      undefined,
      { metadata: { name: 'd' }, spec: { replicas: 1 }, status: { replicas: 1 } },
      deployment,
    );
    expect(owned(main)['one/Apply']).toEqual({ 'f:spec': { 'f:replicas': {} } });
    const status = apply(
      'one',
      main,
      { spec: { replicas: 1 }, status: { replicas: 2 } },
      { ...deployment, subresource: 'status' },
    );
    expect(managers(status).find((entry) => entry.subresource === 'status')?.fieldsV1).toEqual({
      'f:status': { 'f:replicas': {} },
    });
  });

  it('keeps name and server fields when it gives up all it had', () => {
    const first = apply('one', undefined, configMap({ a: '1' }, { labels: { x: 'y' }, uid: 'u' }));
    expect(
      withoutManagers(apply('one', first, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'd', uid: 'u' },
    });
  });
});

const deployment = { schemaName: 'io.k8s.api.apps.v1.Deployment', apiVersion: 'apps/v1' };

function containersOf(object: JsonObject): Json | undefined {
  const { spec } = object as { spec: { template: { spec: { containers: Json } } } };
  return spec.template.spec.containers;
}
