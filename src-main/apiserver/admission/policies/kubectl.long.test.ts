import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { runKubectl } from '../../../testing/kubectl.ts';

/** Policies as people write them, with a real kubectl. */
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.close());

const validating = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replica-limit.example.com}
spec:
  failurePolicy: Fail
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules:
    - {apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments", "deployments/scale"]}
  validations:
  - expression: "object.spec.replicas <= int(params.data.maxReplicas)"
    messageExpression: "'no more than ' + params.data.maxReplicas + ' replicas'"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: limit, namespace: default}
data: {maxReplicas: "3"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: limit-all}
spec:
  policyName: replica-limit.example.com
  validationActions: [Deny]
  paramRef: {name: limit, namespace: default, parameterNotFoundAction: Deny}
`;

const mutating = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: sidecar.example.com}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"]}
  matchConditions:
  - name: does-not-already-have-sidecar
    expression: "!object.spec.?initContainers.orValue([]).exists(ic, ic.name == 'mesh-proxy')"
  failurePolicy: Fail
  reinvocationPolicy: IfNeeded
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >
        Object{
          spec: Object.spec{
            initContainers: [
              Object.spec.initContainers{
                name: "mesh-proxy",
                image: "mesh/proxy:v1.0.0",
                env: [Object.spec.initContainers.env{name: "MODE", value: "sidecar"}],
                restartPolicy: "Always"
              }
            ]
          }
        }
  - patchType: JSONPatch
    jsonPatch:
      expression: >
        [JSONPatch{op: "add", path: "/metadata/labels", value: {"mesh": "on"}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: sidecar}
spec: {policyName: sidecar.example.com}
`;

const deployment = (replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: example.test/app}]}
`;

test('a limit by parameters refuses what exceeds it, scales as well', async () => {
  expect(await runKubectl(cluster, ['apply', '-f', '-'], validating)).toMatchObject({ code: 0, stderr: '' });
  const refused = await runKubectl(cluster, ['apply', '-f', '-'], deployment(4));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "The deployments \"web\" is invalid: : ValidatingAdmissionPolicy 'replica-limit.example.com' with binding 'limit-all' denied request: no more than 3 replicas",
  );
  expect(await runKubectl(cluster, ['apply', '-f', '-'], deployment(3))).toMatchObject({ code: 0 });
  const scaled = await runKubectl(cluster, ['scale', 'deployment', 'web', '--replicas=9']);
  expect(scaled.code).toBe(1);
  expect(scaled.stderr).toContain('denied request: no more than 3 replicas');
  const dry = await runKubectl(cluster, ['apply', '--dry-run=server', '-f', '-'], deployment(7));
  expect(dry.stderr).toContain('denied request: no more than 3 replicas');
});

test('a sidecar is put into every pod, once, and applying again changes nothing', async () => {
  expect(await runKubectl(cluster, ['apply', '-f', '-'], mutating)).toMatchObject({ code: 0, stderr: '' });
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n';
  const server = ['apply', '--server-side', '-f', '-'];
  expect(await runKubectl(cluster, server, pod)).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await runKubectl(cluster, [
    'get',
    'pod',
    'p',
    '-o',
    'jsonpath={.spec.initContainers[*].name} {.spec.initContainers[0].env[0].value} {.metadata.labels.mesh}',
  ]);
  expect(stdout).toBe('mesh-proxy sidecar on');
  expect(await runKubectl(cluster, server, pod)).toMatchObject({ code: 0, stderr: '' });
  const ran = await runKubectl(cluster, ['run', 'q', '--image=i']);
  expect(ran).toMatchObject({ code: 0, stdout: 'pod/q created\n' });
});

test('policies are described with their types checked', async () => {
  const { stdout } = await runKubectl(cluster, ['get', 'validatingadmissionpolicy']);
  expect(stdout.replace(/ +/g, ' ')).toMatch(
    /^NAME VALIDATIONS PARAMKIND AGE\nreplica-limit\.example\.com 1 v1\/ConfigMap /,
  );
  const path = 'jsonpath={.status.observedGeneration}';
  const status = await runKubectl(cluster, [
    'get',
    'validatingadmissionpolicy',
    'replica-limit.example.com',
    '-o',
    path,
  ]);
  expect(status).toMatchObject({ stdout: '1' });
});
