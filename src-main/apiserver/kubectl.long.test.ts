import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { kinds } from '@shared/kinds/index.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { runKubectl } from '../testing/kubectl.ts';

/** A real kubectl against a real server, as a user types it. */
let cluster: TestCluster;
const namespace = 'default';

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

function kubectl(args: readonly string[], stdin = '') {
  return runKubectl(cluster, args, stdin);
}

async function succeed(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, stdin);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const manifest = (replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: example.test/app, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

test('apply creates, finds nothing to do, and configures', async () => {
  expect(await succeed(['apply', '-f', '-'], manifest(2))).toBe(
    'deployment.apps/web created\nservice/web created\n',
  );
  expect(await succeed(['apply', '-f', '-'], manifest(2))).toBe(
    'deployment.apps/web unchanged\nservice/web unchanged\n',
  );
  expect(await succeed(['apply', '-f', '-'], manifest(3))).toBe(
    'deployment.apps/web configured\nservice/web unchanged\n',
  );
  expect(await succeed(['get', 'deploy', 'web', '-o', 'jsonpath={.spec.replicas}'])).toBe('3');
});

test('diff shows what would change, and changes nothing', async () => {
  const { code, stdout } = await kubectl(['diff', '-f', '-'], manifest(5));
  expect(code).toBe(1);
  expect(stdout).toMatch(/-\s+replicas: 3\n\+\s+replicas: 5/);
  expect((await kubectl(['diff', '-f', '-'], manifest(3))).code).toBe(0);
});

test('get prints tables as kubectl users know them', async () => {
  const lines = (await succeed(['get', 'deploy,svc']))
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' '));
  expect(lines[0]).toBe('NAME READY UP-TO-DATE AVAILABLE AGE');
  expect(lines[1]).toMatch(/^deployment\.apps\/web 0\/3 0 0 \d+s$/);
  expect(lines[3]).toBe('NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE');
  expect(await succeed(['get', 'deploy', '-A', '-o', 'name'])).toBe('deployment.apps/web\n');
});

test('scale, patch, label, annotate and set', async () => {
  expect(await succeed(['scale', 'deploy/web', '--replicas=1'])).toBe('deployment.apps/web scaled\n');
  await succeed(['label', 'deploy', 'web', 'tier=front']);
  await succeed(['annotate', 'deploy', 'web', 'note=hello']);
  await succeed(['set', 'image', 'deploy/web', 'app=example.test/app:2']);
  await succeed([
    'patch',
    'deploy',
    'web',
    '-p',
    '{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A","value":"1"}]}]}}}}',
  ]);
  await succeed([
    'patch',
    'deploy',
    'web',
    '--type=json',
    '-p',
    '[{"op":"add","path":"/spec/paused","value":true}]',
  ]);
  await succeed(['patch', 'deploy', 'web', '--type=merge', '-p', '{"spec":{"minReadySeconds":5}}']);
  const { metadata, spec } = await cluster.client.get(deploymentKind, { namespace, name: 'web' });
  expect(metadata).toMatchObject({ labels: { tier: 'front' }, annotations: { note: 'hello' } });
  expect(spec).toMatchObject({
    replicas: 1,
    paused: true,
    minReadySeconds: 5,
    template: {
      spec: { containers: [{ name: 'app', image: 'example.test/app:2', env: [{ name: 'A', value: '1' }] }] },
    },
  });
});

test('server-side apply: a field another manager owns is a conflict, until forced', async () => {
  const configMap = (value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {key: ${value}}\n`;
  const apply = ['apply', '--server-side', '-f', '-', '--field-manager'];
  expect(await succeed([...apply, 'one'], configMap('a'))).toBe('configmap/owned serverside-applied\n');
  const { code, stderr } = await kubectl([...apply, 'two'], configMap('b'));
  expect(code).toBe(1);
  expect(stderr).toContain('Apply failed with 1 conflict: conflict with "one": .data.key');
  await succeed([...apply, 'two', '--force-conflicts'], configMap('b'));
  expect(await succeed(['get', 'cm', 'owned', '-o', 'jsonpath={.data.key}'])).toBe('b');
});

test('create makes objects of every typed command (these travel as protobuf)', async () => {
  await succeed(['create', 'namespace', 'made']);
  const within = ['-n', 'made'];
  await succeed(['create', 'serviceaccount', 'default', ...within]);
  await succeed(['create', 'configmap', 'c', '--from-literal=a=b', ...within]);
  await succeed(['create', 'secret', 'generic', 's', '--from-literal=p=pässword', ...within]);
  await succeed(['create', 'deployment', 'd', '--image=example.test/app', '--replicas=0', ...within]);
  await succeed(['create', 'service', 'nodeport', 'n', '--tcp=80:8080', ...within]);
  await succeed(['run', 'p', '--image=example.test/app', '--restart=Never', ...within]);
  expect((await succeed(['create', 'token', 'default', ...within])).split('.')).toHaveLength(3);
  const get = (what: string, path: string) => succeed(['get', what, ...within, '-o', `jsonpath=${path}`]);
  expect(await get('cm/c', '{.data}')).toBe('{"a":"b"}');
  expect(Buffer.from(await get('secret/s', '{.data.p}'), 'base64').toString()).toBe('pässword');
  expect(await get('deploy/d', '{.spec.replicas} {.spec.strategy.type}')).toBe('0 RollingUpdate');
  expect(await get('svc/n', '{.spec.type} {.spec.ports[0].targetPort}')).toBe('NodePort 8080');
  expect(await get('pod/p', '{.spec.restartPolicy} {.status.phase}')).toBe('Never Pending');
});

test('describe, explain, api-resources and version', async () => {
  expect(await succeed(['describe', 'deploy', 'web'])).toMatch(/^Name:\s+web\n/);
  expect(await succeed(['explain', 'deployment.spec.replicas'])).toContain('Number of desired pods.');
  expect(await succeed(['explain', 'pod.spec.containers.livenessProbe', '--recursive'])).toContain('httpGet');
  const resources = await succeed(['api-resources', '--no-headers', '-o', 'name']);
  const names = kinds
    .filter(({ verbs }) => verbs.length > 0)
    .map(({ group, plural }) => (group === '' ? plural : `${plural}.${group}`));
  expect(resources.trimEnd().split('\n').sort()).toEqual([...new Set(names)].sort());
  expect(await succeed(['version', '-o', 'json'])).toContain('"gitVersion": "v1.36.0+slipway"');
});

test('wait returns when the condition comes', async () => {
  const waiting = kubectl(['wait', 'deploy/web', '--for=condition=Available', '--timeout=15s']);
  const { metadata } = await cluster.client.get(deploymentKind, { namespace, name: 'web' });
  await cluster.client.patch(
    deploymentKind,
    { namespace, name: metadata?.name ?? '' },
    { type: 'merge', body: { status: { conditions: [{ type: 'Available', status: 'True' }] } } },
    { subresource: 'status' },
  );
  expect((await waiting).stdout).toBe('deployment.apps/web condition met\n');
});

test('edit stores what the editor leaves behind', async () => {
  const editor = join(cluster.dir, 'editor.sh');
  await writeFile(editor, '#!/bin/sh\nsed -i "s/minReadySeconds: 5/minReadySeconds: 6/" "$1"\n', {
    mode: 0o755,
  });
  const child = spawn('kubectl', ['--kubeconfig', cluster.kubeconfig, 'edit', 'deploy', 'web'], {
    env: { ...process.env, KUBE_EDITOR: editor },
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  expect(await succeed(['get', 'deploy', 'web', '-o', 'jsonpath={.spec.minReadySeconds}'])).toBe('6');
});

test('errors are Kubernetes’ own, whole', async () => {
  const missing = await kubectl(['get', 'deploy', 'nobody']);
  expect(missing.stderr).toBe('Error from server (NotFound): deployments.apps "nobody" not found\n');
  const taken = await kubectl(
    ['create', '-f', '-'],
    '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}',
  );
  expect(taken.stderr).toContain(
    'Error from server (AlreadyExists): error when creating "STDIN": namespaces "default" already exists',
  );
  const strange = await kubectl(
    ['apply', '-f', '-'],
    '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "dat": {"a": "b"}}',
  );
  expect(strange.stderr).toContain('strict decoding error: unknown field "dat"');
});

test('delete waits until it is gone', async () => {
  expect(await succeed(['delete', 'deploy,svc', 'web'])).toContain('deployment.apps "web" deleted');
  expect((await kubectl(['get', 'deploy', 'web'])).code).toBe(1);
});
