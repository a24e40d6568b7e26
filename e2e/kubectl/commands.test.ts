import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { run, Slipway, until } from '../harness/slipway.ts';

/** What people type, with kubectl 1.36, 1.32 and 1.20, against simulated nodes. */

const cluster = 'e2e-commands';
const slipway = new Slipway();
const folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-commands-'));
const fixtures = join(root, 'e2e/fixtures');
let kubeconfig: string;

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '4');
  kubeconfig = await slipway.kubeconfig(cluster);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await slipway.close();
});

describe.each(['sid', 'trixie', 'bookworm'] as const)('kubectl of Debian %s', (suite) => {
  const isOld = suite === 'bookworm'; // 1.20 asks for betas that Kubernetes 1.36 no longer has
  const kubectl = (args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}) =>
    run(fetchKubectl(suite), ['--kubeconfig', kubeconfig, '-n', suite, ...args], options);
  const ok = async (...args: string[]) => {
    const { status, stdout, stderr } = await kubectl(args);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  /** Each line a command and what it prints. */
  const session = async (lines: readonly (readonly [string, string | RegExp])[]) => {
    for (const [command, expected] of lines)
      expect(await ok(...command.split(' ')), command).toEqual(expect.stringMatching(expected));
  };

  beforeAll(async () => {
    await ok('create', 'namespace', suite);
  });

  test('makes objects by its generators', async () => {
    await session([
      ['create deployment web --image=example.test/web', 'deployment.apps/web created'],
      ['create configmap settings --from-literal=a=b', 'configmap/settings created'],
      ['create secret generic keys --from-literal=a=b', 'secret/keys created'],
      ['create job once --image=example.test/job', 'job.batch/once created'],
      ['create ingress shop --rule=shop.test/*=web:80', 'ingress.networking.k8s.io/shop created'],
      ['create role reader --verb=get --resource=pods', 'role.rbac.authorization.k8s.io/reader created'],
      ['create rolebinding reader --role=reader --user=jane', 'rolebinding.* created'],
      ['create quota limits --hard=pods=100', 'resourcequota/limits created'],
      ['create serviceaccount robot', 'serviceaccount/robot created'],
      ['create service nodeport door --tcp=80', 'service/door created'],
      [`create priorityclass ${suite} --value=5`, 'priorityclass.* created'],
      [`delete priorityclass ${suite}`, 'deleted'],
      ['run single --image=example.test/app --port=80', 'pod/single created'],
      ['expose pod single --port=80', 'service/single exposed'],
    ]);
    const cron = await kubectl(['create', 'cronjob', 'nightly', '--image=a', '--schedule=0 3 * * *']);
    const budget = await kubectl(['create', 'pdb', 'web', '--selector=app=web', '--min-available=1']);
    expect([cron.status, budget.status]).toEqual(isOld ? [1, 1] : [0, 0]);
  });

  test('scales, rolls out and back, labels, annotates, autoscales', async () => {
    await session([
      ['scale deployment/web --replicas=3', 'deployment.apps/web scaled'],
      ['rollout status deployment/web', 'successfully rolled out'],
      ['set image deployment/web web=example.test/web:2', 'image updated'],
      ['set env deployment/web COLOR=blue', 'env updated'],
      ['set resources deployment/web --requests=cpu=10m', 'resource requirements updated'],
      ['rollout status deployment/web', 'successfully rolled out'],
      ['rollout history deployment/web', /^4 /m],
      ['rollout undo deployment/web --to-revision=1', 'rolled back'],
      ['rollout restart deployment/web', 'restarted'],
      ['rollout pause deployment/web', 'paused'],
      ['rollout resume deployment/web', 'resumed'],
      ['rollout status deployment/web', 'successfully rolled out'],
      ['label deployment web tier=front', 'labeled'],
      ['label deployment web tier=back --overwrite', 'labeled'],
      ['annotate deployment web note=x', 'annotated'],
      ['get deployment -l tier=back -o name', /^deployment.apps\/web$/],
      ['autoscale deployment web --min=1 --max=5 --cpu-percent=50', 'autoscaled'],
      ['get horizontalpodautoscaler web', /Deployment\/web.*50%/],
    ]);
  });

  test('describes what it made, with events', async () => {
    for (const [thing, words] of [
      ['deployment/web', 'ScalingReplicaSet'],
      ['pod/single', 'Successfully assigned'],
      ['service/single', 'Endpoints:'],
      ['job/once', 'Parallelism:'],
      ['ingress/shop', 'shop.test'],
      ['quota/limits', 'pods'],
      ['role/reader', 'get'],
      ['serviceaccount/robot', 'robot'],
      ['node', 'Allocated resources'],
    ] as const)
      expect(await ok('describe', thing)).toContain(words);
    expect(await ok('get', 'events', '--sort-by=.lastTimestamp')).toContain('Scheduled');
    expect(await ok('get', 'pod', 'single', '-o', 'custom-columns=N:.metadata.name')).toBe('N\nsingle');
    expect(await ok('logs', 'single')).toContain('simulated');
    const exec = await kubectl(['exec', 'single', '--', 'ls']);
    expect([exec.status, exec.stderr]).toEqual([1, expect.stringContaining('is simulated')]);
  });

  test('apply, diff, patch, edit, replace, server-side apply', async () => {
    await ok('delete', 'deployment', 'web');
    const manifest = join(folder, `${suite}.yaml`);
    writeFileSync(
      manifest,
      'apiVersion: v1\nkind: Service\nmetadata: {name: plain}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n',
    );
    const file = ['-f', manifest];
    expect((await kubectl(['diff', ...file])).status).toBe(1);
    expect(await ok('apply', ...file)).toBe('service/plain created');
    expect(await ok('apply', ...file)).toBe('service/plain unchanged');
    expect((await kubectl(['diff', ...file])).status).toBe(0);
    expect(
      await ok(
        'patch',
        'service',
        'plain',
        '-p',
        '{"spec":{"ports":[{"port":81,"name":"b"},{"port":80,"name":"a"}]}}',
      ),
    ).toContain('patched');
    const edited = await kubectl(['edit', 'service', 'plain'], {
      env: { KUBE_EDITOR: String.raw`sed -i s/sessionAffinity:.None/sessionAffinity:\ ClientIP/` },
    });
    expect(edited.stdout).toContain('service/plain edited');
    expect(await ok('apply', '--server-side', '--force-conflicts', ...file)).toContain('serverside-applied');
    expect(await ok('apply', 'view-last-applied', 'service/plain')).toContain('name: plain');
    expect(await ok('replace', '--force', ...file)).toContain('replaced');
    expect(await ok('delete', ...file)).toContain('deleted');
  });

  test('kustomize: bases, overlays, generators, patches, components; prune', async () => {
    if (!isOld) {
      const overlay = ['-k', join(fixtures, 'kustomize/overlay')];
      const words = (await ok('apply', ...overlay))
        .split('\n')
        .map((line) => line.replace(/-[a-z0-9]{10} /, '-HASH '));
      expect(words.sort()).toEqual([
        'configmap/test-settings-HASH created',
        'deployment.apps/test-app created',
        'secret/test-keys-HASH created',
      ]);
      await ok('rollout', 'status', 'deployment/test-app', '--timeout=60s');
      const path = '{.spec.replicas} {.spec.template.spec.containers[*].image}';
      expect(await ok('get', 'deployment', 'test-app', '-o', `jsonpath=${path}`)).toBe(
        '3 example.test/app:2 example.test/exporter',
      );
      expect((await kubectl(['diff', ...overlay])).status).toBe(0);
      await ok('delete', ...overlay);
    }
    const maps = (...names: string[]) =>
      names
        .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: pruned}}\n`)
        .join('---\n');
    const prune = ['apply', '--prune', '-l', 'set=pruned', '--prune-whitelist=core/v1/ConfigMap', '-f', '-'];
    if (!isOld) prune[4] = '--prune-allowlist=core/v1/ConfigMap';
    await kubectl(prune, { input: maps('one', 'two') });
    const { stdout } = await kubectl(prune, { input: maps('two') });
    expect(stdout.trim().split('\n')).toEqual(['configmap/two unchanged', 'configmap/one pruned']);
  });

  // 1.20 has none of these.
  if (!isOld)
    test.skipIf(isOld)(
      'sets of applied objects, roles reconciled, waits; commands that 1.20 has not',
      async () => {
        const manifest = (...names: string[]) =>
          names
            .map(
              (name) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: set-${name}\ndata:\n  a: "1"\n`,
            )
            .join('---\n');
        const applySet = (input: string) =>
          kubectl(['apply', '--prune', '--applyset=set', '-f', '-'], {
            input,
            env: { ...process.env, KUBECTL_APPLYSET: 'true' },
          });
        expect(await applySet(manifest('a', 'b'))).toMatchObject({ status: 0 });
        expect((await applySet(manifest('a'))).stdout).toContain('configmap/set-b pruned');
        const role = `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader, namespace: ${suite}}\nrules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]\n`;
        expect(await kubectl(['auth', 'reconcile', '-f', '-'], { input: role })).toMatchObject({ status: 0 });
        await session([
          ['get configmaps -l applyset.kubernetes.io/part-of -o name', /^configmap\/set-a$/],
          ['get role reader -o jsonpath={.rules[*].resources[*]}', 'pods secrets'],
          ['auth whoami', /^Username +kubernetes-admin$/m],
          ['create deployment later --image=example.test/later', 'created'],
          ['wait deployment/later --for=jsonpath={.status.readyReplicas}=1', 'condition met'],
          ['get deployment later --subresource=scale', /^NAME +DESIRED +AVAILABLE +AGE\nlater +1 +1 +/],
          ['wait configmap/set-a --for=create', 'condition met'],
          ['set serviceaccount deployment/later robot', 'updated'],
          ['set subject rolebinding reader --user=joe', 'updated'],
          ['set selector service door app=later', 'updated'],
          ['rollout status deployment/later', 'successfully rolled out'],
        ]);
      },
    );

  test('taints, cordons and drains a node', async () => {
    const node = `${cluster}-hollow-4`;
    await session([
      [`taint node ${node} k=v:NoSchedule`, 'tainted'],
      [`taint node ${node} k-`, 'untainted'],
      [`cordon ${node}`, 'cordoned'],
      [`drain ${node} --ignore-daemonsets --force`, /drained|evicted|cordoned/],
      [`get node ${node}`, 'Ready,SchedulingDisabled'],
      [`uncordon ${node}`, 'uncordoned'],
    ]);
  });

  test('asks about rights, kinds, versions and itself', async () => {
    await session([
      ['auth can-i create pods', 'yes'],
      ['auth can-i --list', /\*\.\*/],
      ['api-resources --namespaced=false', /nodes +no/],
      ['api-versions', /^discovery\.k8s\.io\/v1$/m],
      ['cluster-info', 'control plane'],
      ['version -o json', /"serverVersion": \{[^}]*v1\.36/],
      ['config view --minify', 'cluster: slipway-'],
      ['get --raw /readyz', /^ok$/],
      ['explain ingress.spec.rules', /http/],
    ]);
    const denied = await kubectl(['auth', 'can-i', 'create', 'pods', '--as=jane']);
    expect([denied.status, denied.stdout.trim()]).toEqual([1, 'no']);
    const top = await kubectl(['top', 'nodes']);
    expect([top.status, top.stderr.trim()]).toEqual([1, 'error: Metrics API not available']);
    const csr = await kubectl(['certificate', 'approve', 'nope']);
    expect(csr.stderr).toContain('certificatesigningrequests.certificates.k8s.io "nope" not found');
  });

  test('proxy serves the API on a port of its own, get -w shows changes', async () => {
    const proxy = spawn(fetchKubectl(suite), ['--kubeconfig', kubeconfig, 'proxy', '--port=0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await once(proxy.stdout, 'data');
    const address = /127\.0\.0\.1:\d+/.exec(String(line))?.[0];
    const answer = await fetch(`http://${address}/api/v1/namespaces/${suite}`);
    expect(await answer.json()).toMatchObject({ kind: 'Namespace', metadata: { name: suite } });
    proxy.kill();
    const watch = spawn(
      fetchKubectl(suite),
      ['--kubeconfig', kubeconfig, '-n', suite, 'get', 'configmaps', '-w', '-o', 'name'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let seen = '';
    watch.stdout.on('data', (chunk: Buffer) => {
      seen += chunk;
    });
    await until('the list', async () => seen.includes('configmap/settings'));
    await ok('create', 'configmap', 'watched');
    await until('the change', async () => seen.includes('configmap/watched'));
    watch.kill();
  });

  test('deletes all it made', async () => {
    expect(await ok('delete', 'all', '--all')).toContain('deleted');
    await ok('delete', 'namespace', suite, '--timeout=60s');
  });
});
