import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

// https://kubernetes.io/docs/tasks/configure-pod-container/resize-pod-resources/

const namespace = 'default';
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.close());

async function createPod(name: string): Promise<void> {
  const resources = { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '400m', memory: '64Mi' } };
  const containers = [
    { name: 'main', image: 'web:1', resources: { requests: { cpu: '100m' }, limits: { cpu: '300m' } } },
  ];
  await cluster.client.create(podKind, { metadata: { name, namespace }, spec: { resources, containers } });
}

async function resize(name: string, patch: unknown, type: string) {
  const { status, json } = await callHttps(cluster, {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/resize`,
    headers: { 'content-type': `application/${type}-patch+json` },
    body: JSON.stringify(patch),
  });
  const causes = (json.details?.causes ?? []) as { field: string; message: string }[];
  return { status, json, causes: causes.map(({ field, message }) => `${field}: ${message}`) };
}

it('changes what a pod states for all of its containers, and raises the generation', async () => {
  await createPod('grown');
  const { status, json } = await resize('grown', { spec: { resources: { limits: { cpu: '1' } } } }, 'merge');
  expect([status, json.metadata.generation]).toEqual([200, 2]);
  expect(json.spec.resources).toEqual({
    requests: { cpu: '200m', memory: '64Mi' },
    limits: { cpu: '1', memory: '64Mi' },
  });
  expect(json.spec.containers[0].resources.limits).toEqual({ cpu: '300m' });
});

it.each([
  [
    'removed as a whole',
    [{ op: 'remove', path: '/spec/resources' }],
    ['spec.resources: Forbidden: pod-level resources cannot be removed'],
  ],
  [
    'removed one by one',
    [{ op: 'remove', path: '/spec/resources/limits/cpu' }],
    ['spec.resources.limits: Forbidden: pod-level resource limits cannot be removed'],
  ],
  [
    'other than cpu and memory',
    [{ op: 'add', path: '/spec/resources/requests/hugepages-2Mi', value: '2Mi' }],
    ['spec: Forbidden: only cpu and memory resources are mutable at pod-level'],
  ],
  [
    'less than the containers ask for',
    [{ op: 'replace', path: '/spec/resources/requests/cpu', value: '50m' }],
    [
      'spec.resources.requests[cpu]: Invalid value: "50m": must be greater than or equal to aggregate container requests of 100m',
    ],
  ],
  [
    'of another class of service',
    [
      { op: 'replace', path: '/spec/resources/requests/cpu', value: '400m' },
      { op: 'replace', path: '/spec/resources/limits/cpu', value: '400m' },
    ],
    ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
  ],
])('what is %s is refused', async (what, patch, expected) => {
  const name = what.replaceAll(' ', '-');
  await createPod(name);
  const { status, causes } = await resize(name, patch, 'json');
  expect(status).toBe(422);
  for (const cause of expected) expect(causes).toContain(cause);
});

it('is the only way to other resources', async () => {
  await createPod('kept');
  const path = `/api/v1/namespaces/${namespace}/pods/kept`;
  const { status, json } = await callHttps(cluster, {
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ spec: { resources: { limits: { cpu: '1' } } } }),
  });
  expect([status, json.message]).toEqual([
    422,
    expect.stringContaining('pod updates may not change fields other than'),
  ]);
});
