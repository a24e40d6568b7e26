import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cachedKubectl, fetchKubectl } from '../../scripts/lib/kubectl.mjs';
import { run, Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-kubectl';
const slipway = new Slipway();
let kubeconfig: string;

beforeAll(async () => {
  for (const suite of suites) fetchKubectl(suite);
  await slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '4');
  kubeconfig = await slipway.kubeconfig(cluster);
});
afterAll(() => slipway.close());

const suites = ['sid', 'trixie'] as const;

const deployment = (name: string, replicas = 2, image = 'example.com/app:1') => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: main, image: "${image}" }]
`;

describe.each(suites)('kubectl of Debian %s against simulated nodes', (suite) => {
  const kubectl = (args: string[], input?: string) =>
    run(
      cachedKubectl(suite) ?? '',
      ['--kubeconfig', kubeconfig, '-n', suite, ...args],
      input === undefined ? {} : { input },
    );
  const ok = async (args: string[], input?: string) => {
    const { status, stdout, stderr } = await kubectl(args, input);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };

  beforeAll(async () => {
    await ok(['create', 'namespace', suite]);
  });

  test('create, get, describe, wait, rollout status', async () => {
    expect(await ok(['create', '-f', '-'], deployment('a'))).toBe('deployment.apps/a created');
    expect(await ok(['rollout', 'status', 'deployment/a', '--timeout=60s'])).toContain(
      'successfully rolled out',
    );
    await ok(['wait', 'deployment/a', '--for=condition=Available', '--timeout=60s']);
    expect(await ok(['get', 'deployment', 'a', '--no-headers'])).toMatch(/^a +2\/2 +2 +2 +\d+s$/);
    expect(await ok(['describe', 'deployment', 'a'])).toContain('Scaled up replica set');
    expect(await ok(['get', 'pods', '-o', 'wide'])).toMatch(
      /NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES/,
    );
  });

  test('apply twice changes nothing, diff shows what would change, server-side apply tells conflicts', async () => {
    expect(await ok(['apply', '-f', '-'], deployment('b'))).toBe('deployment.apps/b created');
    expect(await ok(['apply', '-f', '-'], deployment('b'))).toBe('deployment.apps/b unchanged');
    const diff = await kubectl(['diff', '-f', '-'], deployment('b', 5));
    expect([diff.status, diff.stdout]).toEqual([
      1,
      expect.stringMatching(/-\s+replicas: 2\n\+\s+replicas: 5/),
    ]);
    expect(await ok(['apply', '-f', '-'], deployment('b', 3))).toBe('deployment.apps/b configured');
    const conflict = await kubectl(
      ['apply', '--server-side', '--field-manager=other', '-f', '-'],
      deployment('b', 7),
    );
    expect(conflict.status).toBe(1);
    expect(conflict.stderr).toContain('.spec.replicas');
    await ok(
      ['apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', '-'],
      deployment('b', 7),
    );
    expect(await ok(['get', 'deployment', 'b', '-o', 'jsonpath={.spec.replicas}'])).toBe('7');
  });

  test('scale, patch in three ways, set image, rollout undo and history', async () => {
    await ok(['create', '-f', '-'], deployment('c', 1));
    await ok(['scale', 'deployment/c', '--replicas=3']);
    await ok([
      'patch',
      'deployment',
      'c',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"A","value":"1"}]}]}}}}',
    ]);
    await ok([
      'patch',
      'deployment',
      'c',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/metadata/labels","value":{"x":"y"}}]',
    ]);
    await ok(['patch', 'deployment', 'c', '--type=merge', '-p', '{"metadata":{"annotations":{"k":"v"}}}']);
    expect(
      await ok([
        'get',
        'deployment',
        'c',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].env[0].value} {.metadata.labels.x} {.metadata.annotations.k}',
      ]),
    ).toBe('example.com/app:1 1 y v');
    await ok(['set', 'image', 'deployment/c', 'main=example.com/app:2']);
    await ok(['rollout', 'status', 'deployment/c', '--timeout=60s']);
    expect((await ok(['rollout', 'history', 'deployment/c'])).trim().split('\n')).toHaveLength(5);
    await ok(['rollout', 'undo', 'deployment/c']);
    await ok(['rollout', 'status', 'deployment/c', '--timeout=60s']);
    expect(
      await ok(['get', 'deployment', 'c', '-o', 'jsonpath={.spec.template.spec.containers[0].image}']),
    ).toBe('example.com/app:1');
  });

  test('edit, label, annotate, expose, delete with its pods', async () => {
    await ok(['create', '-f', '-'], deployment('d', 1));
    const edited = await run(
      cachedKubectl(suite) ?? '',
      ['--kubeconfig', kubeconfig, '-n', suite, 'edit', 'deployment', 'd'],
      { env: { KUBE_EDITOR: 'sed -i s/replicas:.1/replicas:\\ 2/' } },
    );
    expect(edited.stdout).toContain('edited');
    await ok(['label', 'deployment', 'd', 'tier=front']);
    expect(await ok(['expose', 'deployment', 'd', '--port=80'])).toBe('service/d exposed');
    expect(await ok(['get', 'service', 'd', '-o', 'jsonpath={.spec.clusterIP}'])).toMatch(/^10\.96\./);
    await ok(['delete', 'deployment', 'd']);
    await until(
      'its pods are gone',
      async () => (await ok(['get', 'pods', '-l', 'app=d', '-o', 'name'])) === '',
    );
  });

  test('the output of get -o yaml (a List) can be applied again, compared, deleted and created', async () => {
    await ok(['create', '-f', '-'], deployment('e', 1));
    await ok(['create', 'configmap', 'e', '--from-literal=a=b']);
    await ok(['expose', 'deployment', 'e', '--port=80', '--target-port=http']);
    await ok(['rollout', 'status', 'deployment/e', '--timeout=60s']);
    const names = ['deployment/e', 'configmap/e', 'service/e'];
    const list = await ok(['get', ...names, '-o', 'yaml']);
    expect(list).toMatch(/^kind: List$/m);
    const applied = ['deployment.apps/e configured', 'configmap/e configured', 'service/e configured'];
    expect((await ok(['apply', '-f', '-'], list)).split('\n')).toEqual(applied);
    expect(await ok(['diff', '-f', '-'], await ok(['get', ...names, '-o', 'yaml']))).toBe('');
    await ok(['delete', ...names]);
    const fresh = list.replaceAll(/^ +(resourceVersion|uid|clusterIPs?|- 10\.96)\b.*\n/gm, '');
    const created = ['deployment.apps/e created', 'configmap/e created', 'service/e created'];
    expect((await ok(['create', '-f', '-'], fresh)).split('\n')).toEqual(created);
    const misspelt = await kubectl(['apply', '-f', '-'], fresh.replace(/^ {2}data:/m, '  datta:'));
    expect([misspelt.status, misspelt.stderr]).toEqual([
      1,
      expect.stringContaining('ValidationError(ConfigMap): unknown field "datta"'),
    ]);
    const kinds = 'nodes,pods,replicasets,events,endpointslices,endpoints,serviceaccounts';
    await ok(['apply', '--dry-run=client', '-f', '-'], await ok(['get', kinds, '-o', 'json']));
  });

  test('explain, api-resources, version, raw', async () => {
    expect(await ok(['explain', 'pod.spec.containers.image'])).toContain('FIELD: image <string>');
    const resources = await ok(['api-resources', '--no-headers']);
    expect(resources).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect(await ok(['version'])).toContain('Server Version: v1.36');
    expect(await ok(['get', '--raw', '/readyz'])).toBe('ok');
  });

  test('logs of a simulated pod say that it is simulated', async () => {
    expect(await ok(['logs', 'deployment/a'])).toMatch(/simulated/i);
  });

  test('invalid objects get every field error at once; unknown fields and broken YAML are named', async () => {
    const invalid = await kubectl(
      ['apply', '-f', '-'],
      'apiVersion: v1\nkind: Pod\nmetadata: {name: Bad_Name}\nspec: {containers: [{name: "A B", image: ""}], restartPolicy: Sometimes}\n',
    );
    expect(invalid.status).toBe(1);
    for (const field of [
      'metadata.name',
      'spec.containers[0].name',
      'spec.containers[0].image',
      'spec.restartPolicy',
    ])
      expect(invalid.stderr).toContain(field);
    const unknown = await kubectl(
      ['apply', '-f', '-'],
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndatta: {a: b}\n',
    );
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('datta')]);
    const missing = await kubectl(['get', 'pod', 'nope']);
    expect(missing.stderr).toContain('Error from server (NotFound): pods "nope" not found');
  });

  test('a pod that fits nowhere says why', async () => {
    await ok(
      ['apply', '-f', '-'],
      'apiVersion: v1\nkind: Pod\nmetadata: {name: huge}\nspec: {containers: [{name: a, image: a, resources: {requests: {cpu: "9000"}}}]}\n',
    );
    await until('FailedScheduling', async () =>
      (await ok(['get', 'events'])).includes('0/4 nodes are available: 4 Insufficient cpu.'),
    );
    await ok(['delete', 'pod', 'huge', '--now']);
  });

  test('deleting the namespace deletes all in it', async () => {
    await ok(['delete', 'namespace', suite, '--timeout=60s']);
    expect((await kubectl(['get', 'all'])).stderr).toContain('No resources found');
  });
});
