import { invalid } from '@shared/api/field-errors.ts';
import type { KubeObject } from '@shared/api/meta.ts';
import type { WireWatchEvent } from '@shared/client/transport.ts';
import { defineKind, type Kind } from '@shared/kinds/define.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

interface Scaler extends KubeObject {
  spec?: Record<string, unknown>;
}

const names = {
  group: 'test.example.com',
  kind: 'Scaler',
  plural: 'scalers',
  namespaced: true,
  hasStatus: true,
  hasGeneration: true,
  columns: [],
  view: { section: 'workloads', title: 'Scalers', purpose: 'Tests.' },
} as const;

const hub: Kind<Scaler> = defineKind<Scaler>({
  ...names,
  version: 'v2',
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  strategy: {
    defaults(draft) {
      draft.spec ??= {};
      draft.spec.minReplicas ??= 1;
    },
    validate: ({ spec }) =>
      Number(spec?.maxReplicas ?? 0) < 1
        ? [invalid('spec.maxReplicas', spec?.maxReplicas ?? 0, 'must be greater than 0')]
        : [],
  },
  selectableFields: { 'spec.maxReplicas': ({ spec }) => String(spec?.maxReplicas ?? '') },
});

type Metric = { resource: { target: { averageUtilization: number } } };

function fromHub({ spec = {}, ...rest }: DeepReadonly<JsonObject>): JsonObject {
  const { metrics, ...others } = spec as { metrics?: Metric[] };
  const target = metrics?.[0]?.resource.target.averageUtilization;
  return {
    ...rest,
    apiVersion: 'test.example.com/v1',
    spec: { ...others, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
  };
}

function toHub({ spec = {}, ...rest }: DeepReadonly<JsonObject>): JsonObject {
  const { targetCPUUtilizationPercentage, ...others } = spec as { targetCPUUtilizationPercentage?: number };
  const target = { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage };
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  return {
    ...rest,
    apiVersion: 'test.example.com/v2',
    spec: { ...others, ...(targetCPUUtilizationPercentage !== undefined && { metrics }) } as JsonObject,
  };
}

const versioned = (isSlow: boolean) =>
  defineKind<Scaler>({
    ...names,
    version: 'v1',
    schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
    ...(isSlow && { strategy: {} }),
    conversion: {
      hub,
      fromHub: (objects) =>
        isSlow ? Promise.resolve().then(() => objects.map(fromHub)) : objects.map(fromHub),
      toHub: (objects) => (isSlow ? Promise.resolve(objects.map(toHub)) : objects.map(toHub)),
    },
    selectableFields: {
      'spec.targetCPUUtilizationPercentage': ({ spec }) => String(spec?.targetCPUUtilizationPercentage ?? ''),
    },
  });

describe.each([
  ['at once', versioned(false)],
  ['in its own time', versioned(true)],
])('a kind whose conversion answers %s', (_, v1) => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startTestCluster({ kinds: [hub, v1] });
  });
  afterEach(() => cluster.close());

  const scaler = (name: string, percent: number): Scaler => ({
    metadata: { name, namespace: 'default' },
    spec: {
      maxReplicas: 5,
      minReplicas: 2,
      targetCPUUtilizationPercentage: percent,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    },
  });
  const ref = { namespace: 'default', name: 'a' };

  it('is one object, seen in each version, with one history', async () => {
    const { client, store } = cluster;
    const created = await client.create(v1, scaler('a', 70));
    expect(created).toMatchObject({
      apiVersion: 'test.example.com/v1',
      spec: { targetCPUUtilizationPercentage: 70 },
    });
    const other = await client.get(hub, ref);
    expect(other).toMatchObject({
      apiVersion: 'test.example.com/v2',
      metadata: { resourceVersion: created.metadata?.resourceVersion, uid: created.metadata?.uid },
      spec: { metrics: [{ resource: { target: { averageUtilization: 70 } } }] },
    });
    const stored = await store.range('/registry/test.example.com/scalers/');
    expect(stored.entries.map(({ key, value }) => [key, value.apiVersion])).toEqual([
      ['/registry/test.example.com/scalers/default/a', 'test.example.com/v2'],
    ]);
    const updated = await client.update(v1, { ...created, spec: { ...created.spec, maxReplicas: 9 } });
    expect(updated.metadata?.generation).toBe(2);
    await client.patch(v1, ref, {
      type: 'merge',
      body: { spec: { targetCPUUtilizationPercentage: 80 } },
    });
    expect((await client.get(hub, ref)).spec).toMatchObject({
      maxReplicas: 9,
      metrics: [{ resource: { target: { averageUtilization: 80 } } }],
    });
    const same = await client.update(v1, await client.get(v1, ref));
    expect(same.metadata?.resourceVersion).toBe((await client.get(hub, ref)).metadata?.resourceVersion);
  });

  it('keeps in managedFields the version each writer spoke', async () => {
    const { client } = cluster;
    await client.create(hub, { ...scaler('a', 0), spec: { maxReplicas: 5 } }, { fieldManager: 'two' });
    const applied = { ...scaler('a', 60), apiVersion: 'test.example.com/v1', kind: 'Scaler' };
    const result = await client.patch(
      v1,
      ref,
      { type: 'apply', body: { ...applied, spec: { targetCPUUtilizationPercentage: 60 } } },
      { fieldManager: 'one', force: true },
    );
    expect(
      result.metadata?.managedFields?.map(({ manager, operation, apiVersion }) => [
        manager,
        operation,
        apiVersion,
      ]),
    ).toEqual([
      ['one', 'Apply', 'test.example.com/v1'],
      ['two', 'Update', 'test.example.com/v2'],
    ]);
    await client.updateStatus(v1, { ...result, ...{ status: { currentReplicas: 3 } } });
    expect(await client.get(hub, ref)).toMatchObject({ status: { currentReplicas: 3 } });
  });

  it('lists and watches in its own version, its own fields among the selectors', async () => {
    const { client, server } = cluster;
    await client.create(v1, scaler('a', 70));
    await client.create(v1, scaler('b', 80));
    const fieldSelector = 'spec.targetCPUUtilizationPercentage=70';
    const list = await client.list(v1, { namespace: 'default', fieldSelector });
    expect(list.items.map(({ metadata }) => metadata?.name)).toEqual(['a']);
    const abort = new AbortController();
    const seen: WireWatchEvent[] = [];
    const path = '/apis/test.example.com/v1/scalers';
    const watching = server
      .localTransport({ name: 'admin', groups: ['system:masters'] })
      .watch({ method: 'GET', path, query: { fieldSelector }, signal: abort.signal }, (events) => {
        seen.push(...events);
      });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    const patch = (name: string, percent: number) =>
      client.patch(
        v1,
        { namespace: 'default', name },
        { type: 'merge', body: { spec: { targetCPUUtilizationPercentage: percent } } },
      );
    await patch('b', 70);
    await patch('a', 50);
    await client.delete(hub, { namespace: 'default', name: 'b' });
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    abort.abort();
    await watching.catch(() => undefined);
    expect(
      seen.map(({ type, object }) => {
        const { apiVersion, metadata, spec } = object as unknown as Scaler;
        return [type, apiVersion, metadata?.name, spec?.targetCPUUtilizationPercentage];
      }),
    ).toEqual([
      ['ADDED', 'test.example.com/v1', 'a', 70],
      ['ADDED', 'test.example.com/v1', 'b', 70],
      ['DELETED', 'test.example.com/v1', 'a', 70],
      ['DELETED', 'test.example.com/v1', 'b', 70],
    ]);
  });

  it('is found in discovery in both versions, the preferred one first', async () => {
    const get = (path: string) => cluster.client.transport.request({ method: 'GET', path });
    expect(await get('/apis/test.example.com')).toMatchObject({
      versions: [{ version: 'v2' }, { version: 'v1' }],
      preferredVersion: { version: 'v2' },
    });
    expect(await get('/apis/test.example.com/v1')).toMatchObject({
      resources: [{ name: 'scalers' }, { name: 'scalers/status' }],
    });
    const openApi = await get('/openapi/v3/apis/test.example.com/v1');
    expect(JSON.stringify(openApi)).toContain('targetCPUUtilizationPercentage');
  });
});

describe('a version without a strategy of its own', () => {
  let cluster: TestCluster;
  const v1 = versioned(false);
  beforeEach(async () => {
    cluster = await startTestCluster({ kinds: [hub, v1], https: false });
  });
  afterEach(() => cluster.close());

  it('has the defaults and the validation of its hub', async () => {
    const { client } = cluster;
    const metadata = { name: 'a', namespace: 'default' };
    const created = await client.create(v1, { metadata, spec: { maxReplicas: 1 } });
    expect(created.spec).toEqual({ maxReplicas: 1, minReplicas: 1 });
    await expect(client.create(v1, { metadata, spec: { maxReplicas: 0 } })).rejects.toThrow(
      'Scaler.test.example.com "a" is invalid: spec.maxReplicas: Invalid value: 0: must be greater than 0',
    );
  });
});
