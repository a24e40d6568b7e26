import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { runKubectl } from '../../testing/kubectl.ts';

/** https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ with a real kubectl. */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  const created = await runKubectl(cluster, ['create', '-f', '-'], JSON.stringify(deployment));
  expect(created.stdout).toBe('deployment.apps/patch-demo created\n');
});

afterAll(() => cluster.close());

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'patch-demo' },
  spec: {
    selector: { matchLabels: { app: 'nginx' } },
    template: {
      metadata: { labels: { app: 'nginx' } },
      spec: {
        containers: [{ name: 'patch-demo-ctr', image: 'nginx' }],
        tolerations: [{ effect: 'NoSchedule', key: 'dedicated', value: 'test-team' }],
      },
    },
  },
};

function patch(spec: unknown) {
  return runKubectl(cluster, ['patch', 'deployment', 'patch-demo', '-p', JSON.stringify({ spec })]);
}

async function read(path: string): Promise<string> {
  const { stdout } = await runKubectl(cluster, [
    'get',
    'deploy',
    'patch-demo',
    '-o',
    `jsonpath={.spec${path}}`,
  ]);
  return stdout;
}

const images = '.template.spec.containers[*].image';

test('a new container comes first, and tolerations are replaced', async () => {
  const spec = {
    containers: [{ name: 'patch-demo-ctr-2', image: 'redis' }],
    tolerations: [{ effect: 'NoSchedule', key: 'disktype', value: 'ssd' }],
  };
  expect((await patch({ template: { spec } })).stdout).toBe('deployment.apps/patch-demo patched\n');
  expect(await read(images)).toBe('redis nginx');
  expect(await read('.template.spec.tolerations[*].key')).toBe('disktype');
});

test('$retainKeys leaves the old strategy behind', async () => {
  const refused = await patch({ strategy: { type: 'Recreate' } });
  expect(refused.stderr).toContain("may not be specified when strategy `type` is 'Recreate'");
  await patch({ strategy: { $retainKeys: ['type'], type: 'Recreate' } });
  expect(await read('.strategy')).toBe('{"type":"Recreate"}');
});

test('$setElementOrder sorts, $patch deletes', async () => {
  const names = ['patch-demo-ctr', 'patch-demo-ctr-2'].map((name) => ({ name }));
  await patch({ template: { spec: { '$setElementOrder/containers': names } } });
  expect(await read(images)).toBe('nginx redis');
  await patch({ template: { spec: { containers: [{ name: 'patch-demo-ctr-2', $patch: 'delete' }] } } });
  expect(await read(images)).toBe('nginx');
});

test('what cannot be merged is told in one line, and nothing is changed', async () => {
  const refused = await patch({ template: { spec: { containers: [{ image: 'other' }] } } });
  expect(refused.stderr).toBe(
    'Error from server (BadRequest): map: map[image:other] does not contain declared merge key: name\n',
  );
  expect(await read(images)).toBe('nginx');
});
