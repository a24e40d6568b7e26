import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { runKubectl } from '../../testing/kubectl.ts';

/** A real kubectl, 1.36 where the tests fetched it, with definitions as operators bring them. */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

async function succeed(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(cluster, args, stdin);
  expect({ code, stderr: stderr.replace(/^Warning: .*\n?/gm, '') }).toEqual({
    code: 0,
    stderr: '',
  });
  return stdout;
}

const certificates = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: certificates.cert.example.io
spec:
  group: cert.example.io
  scope: Namespaced
  names:
    kind: Certificate
    plural: certificates
    shortNames: [cert, certs]
    categories: [security]
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Secret, type: string, jsonPath: .spec.secretName}
    - {name: Issuer, type: string, priority: 1, jsonPath: .spec.issuerRef.name}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A Certificate asks for a signed pair of keys.
        required: [spec]
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [issuerRef, secretName]
            x-kubernetes-validations:
            - {rule: "!has(self.usages) || self.usages.size() > 0", message: usages may not be empty}
            properties:
              secretName: {type: string, description: The Secret the keys go to., minLength: 3}
              replicas: {type: integer, default: 1}
              duration: {type: string, pattern: "^[0-9]+h$"}
              dnsNames:
                type: array
                items: {type: string}
              usages:
                type: array
                maxItems: 20
                items: {type: string, enum: [signing, "server auth", "client auth"]}
              issuerRef:
                type: object
                required: [name]
                properties:
                  name: {type: string}
                  kind: {type: string, default: Issuer}
          status:
            type: object
            properties:
              replicas: {type: integer}
              conditions:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [type]
                items:
                  type: object
                  required: [type, status]
                  properties:
                    type: {type: string}
                    status: {type: string}
`;

const certificate = `
apiVersion: cert.example.io/v1
kind: Certificate
metadata: {name: web, namespace: default}
spec:
  secretName: web-tls
  dnsNames: [example.com]
  issuerRef: {name: ca}
`;

test('a definition is applied, waited for, explained, used and deleted', async () => {
  expect(await succeed(['apply', '-f', '-'], certificates)).toBe(
    'customresourcedefinition.apiextensions.k8s.io/certificates.cert.example.io created\n',
  );
  expect(
    await succeed([
      'wait',
      '--for=condition=Established',
      'crd/certificates.cert.example.io',
      '--timeout=10s',
    ]),
  ).toContain('condition met');
  expect(await succeed(['apply', '-f', '-'], certificate)).toBe('certificate.cert.example.io/web created\n');
  expect(await succeed(['apply', '-f', '-'], certificate)).toBe(
    'certificate.cert.example.io/web unchanged\n',
  );
  const explained = await succeed(['explain', 'certificate.spec']);
  expect(explained).toContain('What is wanted.');
  expect(explained).toMatch(/secretName\t<string> -required-\n\s+The Secret the keys go to\./);
  expect(await succeed(['explain', 'cert'])).toContain('A Certificate asks for a signed pair of keys.');
  await succeed([
    'patch',
    'cert',
    'web',
    '--subresource=status',
    '--type=merge',
    '-p',
    '{"status":{"replicas":1,"conditions":[{"type":"Ready","status":"True"}]}}',
  ]);
  expect(await succeed(['get', 'certs'])).toMatch(
    /^NAME\s+READY\s+SECRET\s+AGE\nweb\s+True\s+web-tls\s+\d+s\n$/,
  );
  expect(await succeed(['get', 'security', '-o', 'wide'])).toMatch(
    /NAME\s+READY\s+SECRET\s+ISSUER\s+AGE\nweb\s+True\s+web-tls\s+ca\s+\d+s/,
  );
  await succeed(['patch', 'certificate', 'web', '--type=merge', '-p', '{"spec":{"duration":"24h"}}']);
  await succeed(['scale', 'certificate', 'web', '--replicas=3']);
  expect(
    await succeed([
      'get',
      'cert',
      'web',
      '-o',
      'jsonpath={.spec.replicas} {.spec.duration} {.spec.issuerRef.kind} {.metadata.generation}',
    ]),
  ).toBe('3 24h Issuer 3');
  const applied = `${certificate}  usages: [signing]\n`;
  expect(await succeed(['apply', '--server-side', '--force-conflicts', '-f', '-'], applied)).toBe(
    'certificate.cert.example.io/web serverside-applied\n',
  );
  expect(await succeed(['api-resources', '--api-group=cert.example.io'])).toMatch(
    /certificates\s+cert,certs\s+cert\.example\.io\/v1\s+true\s+Certificate/,
  );
  expect(await succeed(['get', '--raw', '/openapi/v2'])).toContain('io.example.cert.v1.Certificate');
  expect(await succeed(['delete', 'crd', 'certificates.cert.example.io'])).toContain('deleted');
  const gone = await runKubectl(cluster, ['get', 'certs']);
  expect(gone.stderr).toMatch(
    /the server doesn't have a resource type "certs"|could not find the requested resource/,
  );
});

test('what is wrong with an object is told all at once', async () => {
  await succeed(['apply', '-f', '-'], certificates);
  await succeed(['wait', '--for=condition=Established', 'crd/certificates.cert.example.io', '--timeout=10s']);
  const wrong = `
apiVersion: cert.example.io/v1
kind: Certificate
metadata: {name: bad, namespace: default}
spec: {secretName: x, duration: forever, usages: [flying], replicas: many}
`;
  const { code, stderr } = await runKubectl(cluster, ['apply', '--validate=false', '-f', '-'], wrong);
  expect(code).toBe(1);
  expect(stderr).toContain('The Certificate "bad" is invalid:');
  for (const text of [
    'spec.issuerRef: Required value',
    'spec.secretName: Invalid value: "x": spec.secretName in body should be at least 3 chars long',
    `spec.duration: Invalid value: "forever": spec.duration in body should match '^[0-9]+h$'`,
    'spec.usages[0]: Unsupported value: "flying": supported values: "signing", "server auth", "client auth"',
    'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
  ])
    expect(stderr).toContain(text);
  const unknown = await runKubectl(cluster, ['apply', '-f', '-'], `${certificate}  colour: red\n`);
  expect(unknown.stderr).toContain('unknown field "spec.colour"');
  const ruled = await runKubectl(cluster, ['apply', '-f', '-'], `${certificate}  usages: []\n`);
  expect(ruled.stderr).toContain('usages may not be empty');
});
