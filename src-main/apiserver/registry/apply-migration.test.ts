import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { runKubectl } from '../../testing/kubectl.ts';

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const configMap = (name: string, data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

async function apply(object: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(cluster, ['apply', '-f', '-', ...flags], object);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

async function read(name: string) {
  const args = ['get', 'configmap', name, '-o', 'json', '--show-managed-fields'];
  const { data, metadata } = JSON.parse((await runKubectl(cluster, args)).stdout);
  const managers = (metadata.managedFields as { manager: string; operation: string }[]).map(
    ({ manager, operation }) => `${manager} ${operation}`,
  );
  return { data, managers, annotations: Object.keys(metadata.annotations ?? {}) };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

test('what was applied by the client is changed and pruned by server-side apply, without conflicts', async () => {
  expect(await apply(configMap('to-server', { kept: '1', changed: '1', dropped: '1' }))).toBe(
    'configmap/to-server created',
  );
  expect((await read('to-server')).managers).toEqual(['kubectl-client-side-apply Update']);
  const flags = ['--server-side'];
  expect(await apply(configMap('to-server', { kept: '1', changed: '2' }), ...flags)).toBe(
    'configmap/to-server serverside-applied',
  );
  expect(await read('to-server')).toEqual({
    data: { kept: '1', changed: '2' },
    // kubectl keeps the annotation for the way back, under a name of its own.
    managers: ['kubectl Apply', 'kubectl-last-applied Apply'],
    annotations: [lastApplied],
  });
});

test('back again the client finds what the server applied last, and prunes by it', async () => {
  await apply(configMap('to-client', { kept: '1', dropped: '1' }));
  await apply(configMap('to-client', { kept: '2', dropped: '2', added: '2' }), '--server-side');
  expect(await apply(configMap('to-client', { kept: '3', added: '2' }))).toBe(
    'configmap/to-client configured',
  );
  expect((await read('to-client')).data).toEqual({ kept: '3', added: '2' });
});

test('what somebody else changed in between is a conflict all the same', async () => {
  await apply(configMap('contested', { a: '1' }));
  const patch = ['patch', 'configmap', 'contested', '-p', '{"data":{"a":"2"}}', '--field-manager=somebody'];
  await runKubectl(cluster, patch);
  const refused = await runKubectl(
    cluster,
    ['apply', '--server-side', '-f', '-'],
    configMap('contested', { a: '3' }),
  );
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('Apply failed with 1 conflict: conflict with "somebody"');
  expect(refused.stderr).toContain('.data.a');
});
