import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import type { Pod, PodDisruptionBudget } from '@shared/kinds/wire.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { encodeMessage, envelope } from '../protobuf/encode.ts';

const namespace = 'default';
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.client.create(nodeKind, { metadata: { name: 'n1' } });
});

afterAll(() => cluster.close());

async function createPod(name: string, labels: Record<string, string> = {}): Promise<void> {
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '64Mi' } };
  await cluster.client.create(podKind, {
    metadata: { name, namespace, labels },
    spec: { containers: [{ name: 'main', image: 'web:1', resources }] },
  });
}

function call(method: string, path: string, body?: unknown, type = 'application/json') {
  return callHttps(cluster, {
    method,
    path: `/api/v1/namespaces/${namespace}/${path}`,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': type } }),
  });
}

const strategic = 'application/strategic-merge-patch+json';

async function causes(answer: Promise<{ status: number; json: { details?: { causes?: object[] } } }>) {
  const { status, json } = await answer;
  const texts = (json.details?.causes ?? []) as { field?: string; message?: string }[];
  return [status, ...texts.map(({ field = '', message = '' }) => `${field}: ${message}`)];
}

describe('ephemeral containers', () => {
  it('are added, and nothing else of the pod is', async () => {
    await createPod('debugged');
    const patch = {
      metadata: { labels: { sneaked: 'in' } },
      spec: {
        ephemeralContainers: [{ name: 'shell', image: 'busybox', targetContainerName: 'main' }],
        nodeName: 'n1',
      },
    };
    const { status, json } = await call('PATCH', 'pods/debugged/ephemeralcontainers', patch, strategic);
    expect(status).toBe(200);
    const pod = await cluster.client.get(podKind, { namespace, name: 'debugged' });
    expect(pod).toEqual(json);
    expect([pod.metadata?.labels, pod.spec?.nodeName, pod.metadata?.generation]).toEqual([
      undefined,
      undefined,
      2,
    ]);
    expect(pod.spec?.ephemeralContainers).toEqual([
      {
        name: 'shell',
        image: 'busybox',
        targetContainerName: 'main',
        imagePullPolicy: 'Always',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
  });

  it('stay as they are once they are there', async () => {
    await createPod('fixed');
    const set = (containers: object[]) =>
      call(
        'PATCH',
        'pods/fixed/ephemeralcontainers',
        [{ op: 'add', path: '/spec/ephemeralContainers', value: containers }],
        'application/json-patch+json',
      );
    expect((await set([{ name: 'shell', image: 'busybox' }])).status).toBe(200);
    expect(await causes(set([]))).toEqual([
      422,
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "shell" may not be removed\n',
    ]);
    expect(
      await causes(
        set([
          { name: 'shell', image: 'busybox' },
          { name: 'main', image: 'x' },
        ]),
      ),
    ).toEqual([422, 'spec.ephemeralContainers[1].name: Duplicate value: "main"']);
  });
});

describe('resizing', () => {
  const resources = (cpu: string) => ({
    spec: { containers: [{ name: 'main', resources: { requests: { cpu }, limits: { cpu } } }] },
  });

  it('changes cpu and memory and raises the generation', async () => {
    await createPod('grown');
    const patch = {
      spec: {
        containers: [
          { name: 'main', image: 'other', resources: { requests: { cpu: '150m' }, limits: { cpu: '1' } } },
        ],
      },
    };
    const { status, json } = await call('PATCH', 'pods/grown/resize', patch, strategic);
    expect([status, json.metadata.generation, json.spec.containers[0].image]).toEqual([200, 2, 'web:1']);
    expect(json.spec.containers[0].resources).toEqual({
      requests: { cpu: '150m', memory: '64Mi' },
      limits: { cpu: '1', memory: '64Mi' },
    });
    const entry = json.metadata.managedFields?.find(
      ({ subresource }: { subresource?: string }) => subresource === 'resize',
    );
    expect(entry?.operation).toBe('Update');
  });

  it('neither removes resources nor changes the class of service', async () => {
    await createPod('kept');
    const removal = [{ op: 'remove', path: '/spec/containers/0/resources/limits/cpu' }];
    const answer = causes(call('PATCH', 'pods/kept/resize', removal, 'application/json-patch+json'));
    expect(await answer).toEqual([
      422,
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ]);
    expect(await causes(call('PATCH', 'pods/kept/resize', resources('100m'), strategic))).toEqual([
      422,
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ]);
  });

  it('is the only way to other resources', async () => {
    await createPod('whole');
    const { status, json } = await call('PATCH', 'pods/whole', resources('150m'), strategic);
    expect(status).toBe(422);
    expect(json.message).toContain('pod updates may not change fields other than');
  });
});

describe('a binding', () => {
  it('puts a pod on a node, once', async () => {
    await createPod('bound');
    const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } };
    const first = await call('POST', 'bindings', binding);
    expect([first.status, first.json.status]).toEqual([201, 'Success']);
    const pod = await cluster.client.get(podKind, { namespace, name: 'bound' });
    expect(pod.spec?.nodeName).toBe('n1');
    const second = await call('POST', 'bindings', binding);
    expect([second.status, second.json.message]).toEqual([
      409,
      'Operation cannot be fulfilled on pods "bound": pod bound is already assigned to node "n1"',
    ]);
  });
});

describe('an eviction', () => {
  async function run(name: string, app: string): Promise<void> {
    await createPod(name, { app });
    const status: Pod['status'] = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
    };
    await cluster.client.patch(
      podKind,
      { namespace, name },
      { type: 'merge', body: { status } },
      {
        subresource: 'status',
      },
    );
  }

  async function budget(name: string, status: Partial<PodDisruptionBudget['status']>): Promise<void> {
    await cluster.client.create(podDisruptionBudgetKind, {
      metadata: { name, namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { app: name } } },
    });
    const body = { status: { currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, ...status } };
    await cluster.client.patch(
      podDisruptionBudgetKind,
      { namespace, name },
      { type: 'merge', body },
      {
        subresource: 'status',
      },
    );
  }

  const evict = (name: string) => call('POST', `pods/${name}/eviction`, { metadata: { name } });

  it('is counted against the budget and refused when that is used up', async () => {
    await budget('guarded', { observedGeneration: 1, disruptionsAllowed: 1 });
    await run('guarded-1', 'guarded');
    await run('guarded-2', 'guarded');
    expect((await evict('guarded-1')).status).toBe(201);
    const { status } = await cluster.client.get(podDisruptionBudgetKind, { namespace, name: 'guarded' });
    expect([status?.disruptionsAllowed, Object.keys(status?.disruptedPods ?? {})]).toEqual([
      0,
      ['guarded-1'],
    ]);
    const refused = await evict('guarded-2');
    expect([refused.status, refused.json.message, refused.json.details.causes]).toEqual([
      429,
      "Cannot evict pod as it would violate the pod's disruption budget.",
      [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget guarded needs 1 healthy pods and has 2 currently',
        },
      ],
    ]);
    expect((await call('GET', 'pods/guarded-2')).status).toBe(200);
  });

  it('waits for a budget that has not been counted yet', async () => {
    await budget('fresh', {});
    await run('fresh-1', 'fresh');
    const { status, json } = await evict('fresh-1');
    expect([status, json.details.retryAfterSeconds]).toEqual([429, 10]);
  });

  it('in the version of older clients is taken, as JSON and as protobuf', async () => {
    const eviction = (name: string) => ({
      apiVersion: 'policy/v1beta1',
      kind: 'Eviction',
      metadata: { name },
    });
    await createPod('old-1');
    expect((await call('POST', 'pods/old-1/eviction', eviction('old-1'))).status).toBe(201);
    await createPod('old-2');
    const { status } = await callHttps(cluster, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods/old-2/eviction`,
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: envelope(
        { apiVersion: 'policy/v1beta1', kind: 'Eviction' },
        encodeMessage('policy.v1.Eviction', eviction('old-2')),
      ),
    });
    expect(status).toBe(201);
  });

  it('of a pod that never ran asks nobody', async () => {
    await budget('pending', {});
    await createPod('pending-1', { app: 'pending' });
    expect((await evict('pending-1')).status).toBe(201);
    expect((await call('GET', 'pods/pending-1')).status).toBe(404);
  });
});

describe('component statuses', () => {
  it('are answers of the moment', async () => {
    const read = (path: string) => callHttps(cluster, { path: `/api/v1/componentstatuses${path}` });
    const store = {
      apiVersion: 'v1',
      kind: 'ComponentStatus',
      metadata: { name: 'etcd-0' },
      conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
    };
    expect((await read('/etcd-0')).json).toEqual(store);
    expect((await read('')).json).toEqual({
      kind: 'ComponentStatusList',
      apiVersion: 'v1',
      metadata: {},
      items: [store],
    });
    expect((await read('/nobody')).status).toBe(404);
  });
});
