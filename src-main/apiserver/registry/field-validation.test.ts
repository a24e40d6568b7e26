import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { established } from '../crd/widgets.test-fixture.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const deployments = '/apis/apps/v1/namespaces/default/deployments';

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly validation: string;
  readonly type?: string;
  readonly body: string;
}

/** Status code, the refusal's text, and the warnings, unquoted. */
async function send({
  path = deployments,
  method = 'POST',
  validation,
  type = 'application/json',
  body,
}: Sent) {
  const manager = type === 'application/apply-patch+yaml' ? '&fieldManager=test' : '';
  const answer = await callHttps(cluster, {
    method,
    path: `${path}?fieldValidation=${validation}&dryRun=All${manager}`,
    headers: { 'content-type': type },
    body,
  });
  const header = String(answer.headers.warning ?? '');
  const warnings = [...header.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted]) => JSON.parse(quoted ?? '""') as string,
  );
  return { code: answer.status, message: answer.json?.message as string | undefined, warnings };
}

// As the FieldValidation conformance tests send them.
const doubled = `{
  "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d", "labels": { "app": "n" } },
  "spec": {
    "unknownField": "foo", "unknownField": "bar", "replicas": 2, "replicas": 3,
    "selector": { "matchLabels": { "app": "n" } },
    "template": { "metadata": { "labels": { "app": "n" } }, "spec": {
      "containers": [{ "name": "n", "image": "n", "unknownNested": 1, "imagePullPolicy": "Always", "imagePullPolicy": "Never" }]
    } }
  }
}`;
const doubledTexts = [
  'unknown field "spec.unknownField"',
  'duplicate field "spec.replicas"',
  'unknown field "spec.template.spec.containers[0].unknownNested"',
  'duplicate field "spec.template.spec.containers[0].imagePullPolicy"',
];

const yaml = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: d
spec:
  unknownField: foo
  replicas: 1
  replicas: 2
  selector: { matchLabels: { app: n } }
  template:
    metadata: { labels: { app: n } }
    spec: { containers: [{ name: n, image: n }] }
`;

describe('creating', () => {
  it('strictly, tells of unknown and duplicate fields in the order in which they stand', async () => {
    expect(await send({ validation: 'Strict', body: doubled })).toMatchObject({
      code: 400,
      message: `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${doubledTexts.join(', ')}`,
    });
  });

  it('with warnings, says the same one by one; the last duplicate counts', async () => {
    expect(await send({ validation: 'Warn', body: doubled })).toMatchObject({
      code: 201,
      warnings: doubledTexts,
    });
    expect(await send({ validation: '', body: doubled })).toMatchObject({
      code: 201,
      warnings: doubledTexts,
    });
  });

  it('says nothing when it is to be ignored', async () => {
    expect(await send({ validation: 'Ignore', body: doubled })).toEqual({
      code: 201,
      message: undefined,
      warnings: [],
    });
  });

  it('in YAML, tells of lines', async () => {
    const type = 'application/yaml';
    expect(await send({ validation: 'Strict', type, body: yaml })).toMatchObject({
      code: 400,
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: yaml: unmarshal errors:\n  line 9: key "replicas" already set in map, unknown field "spec.unknownField"',
    });
    expect(await send({ validation: 'Warn', type, body: yaml })).toMatchObject({
      code: 201,
      warnings: ['line 9: key "replicas" already set in map', 'unknown field "spec.unknownField"'],
    });
  });

  it('knows unknown metadata', async () => {
    const body = '{"metadata":{"name":"d","unknownMeta":"foo"}}';
    expect((await send({ validation: 'Strict', body })).message).toContain(
      'strict decoding error: unknown field "metadata.unknownMeta"',
    );
  });

  it('names a value of the wrong type once', async () => {
    const body = doubled.replace('"replicas": 3', '"replicas": "three"');
    expect(await send({ validation: 'Ignore', body })).toMatchObject({
      code: 400,
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    });
  });

  it('names the field of a malformed quantity, and every wrong value', async () => {
    const limits = '"resources": { "limits": { "cpu": "much" } }';
    const body = doubled
      .replace('"unknownNested": 1', limits)
      .replace('"replicas": 3', '"replicas": "three"');
    expect((await send({ validation: 'Ignore', body })).message).toBe(
      `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32, spec.template.spec.containers[0].resources.limits[cpu]: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    );
  });

  it('refuses other directives', async () => {
    expect(await send({ validation: 'Loose', body: doubled })).toMatchObject({
      code: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"',
    });
  });
});

describe('patching', () => {
  const path = '/api/v1/namespaces/default/configmaps/kube-root-ca.crt';
  const target = '/api/v1/namespaces/default/services/kubernetes';

  it.each([
    [
      'application/merge-patch+json',
      '{"spec":{"colour":"red","sessionAffinity":"None","sessionAffinity":"None"}}',
      ['duplicate field "spec.sessionAffinity"', 'unknown field "spec.colour"'],
    ],
    ['application/strategic-merge-patch+json', '{"spec":{"colour":"red"}}', ['unknown field "spec.colour"']],
    [
      'application/json-patch+json',
      '[{"op":"add","path":"/spec/colour","value":"red","extra":1,"op":"add"}]',
      [
        'json patch unknown field "[0].extra"',
        'json patch duplicate field "[0].op"',
        'unknown field "spec.colour"',
      ],
    ],
  ])('by %s', async (type, body, texts) => {
    const sent = { path: target, method: 'PATCH', type, body };
    expect(await send({ ...sent, validation: 'Ignore' })).toMatchObject({ code: 200, warnings: [] });
    expect(await send({ ...sent, validation: 'Warn' })).toMatchObject({ code: 200, warnings: texts });
    const refused = await send({ ...sent, validation: 'Strict' });
    expect(refused.code).toBe(422);
    expect(refused.message).toMatch(/^ "" is invalid: patch: Invalid value: "/);
    expect(refused.message).toMatch(
      new RegExp(`: strict decoding error: ${texts.join(', ').replace(/[[\]]/g, '\\$&')}$`),
    );
    if (type.startsWith('application/strategic'))
      expect(refused.message).toContain('Invalid value: "map[spec:map[colour:red]]"');
  });

  it('by an apply configuration, refuses fields that nobody could own whatever was asked', async () => {
    const body = `apiVersion: apps/v1\nkind: Deployment\nunknownField: a\nspec:\n  other: b\n`;
    const sent = { path: `${deployments}/d`, method: 'PATCH', type: 'application/apply-patch+yaml', body };
    for (const validation of ['Ignore', 'Warn', 'Strict']) {
      expect(await send({ ...sent, validation })).toMatchObject({
        code: 500,
        message:
          'failed to create typed patch object (default/d; apps/v1, Kind=Deployment): errors:\n  .unknownField: field not declared in schema\n  .spec.other: field not declared in schema',
      });
    }
  });

  it('by an apply configuration, tells of duplicates by line', async () => {
    const body = `\napiVersion: v1\nkind: ConfigMap\ndata:\n  a: "1"\n  a: "2"\n`;
    const sent = { path: `${path}x`, method: 'PATCH', type: 'application/apply-patch+yaml', body };
    expect(await send({ ...sent, validation: 'Strict' })).toMatchObject({
      code: 400,
      message: 'error strict decoding patch: yaml: unmarshal errors:\n  line 6: key "a" already set in map',
    });
    expect(await send({ ...sent, validation: 'Warn' })).toMatchObject({
      code: 201,
      warnings: ['line 6: key "a" already set in map'],
    });
    expect(await send({ ...sent, validation: 'Ignore' })).toMatchObject({ code: 201, warnings: [] });
  });
});

describe('custom resources', () => {
  // Schemas and bodies of the FieldValidation conformance tests.
  const schemas = {
    closed: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { foo: { type: 'string' } } } },
    },
    open: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: {
            foo: { type: 'string' },
            template: {
              type: 'object',
              'x-kubernetes-embedded-resource': true,
              properties: {
                metadata: { type: 'object', properties: { name: { type: 'string' } } },
                spec: { type: 'object' },
              },
            },
          },
        },
      },
    },
    none: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };

  beforeAll(async () => {
    for (const [singular, openAPIV3Schema] of Object.entries(schemas)) {
      const plural = `${singular}s`;
      const definition = {
        metadata: { name: `${plural}.example.com` },
        spec: {
          group: 'example.com',
          scope: 'Cluster',
          names: { plural, singular, kind: singular, listKind: `${singular}List` },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
        },
      };
      const made = await callHttps(cluster, {
        method: 'POST',
        path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(definition),
      });
      expect(made.status, made.text).toBe(201);
      await established(cluster.client, `${plural}.example.com`);
    }
  });

  const apply = (kind: string, lines: string) =>
    send({
      path: `/apis/example.com/v1/${kind}s/mytest`,
      method: 'PATCH',
      validation: 'Strict',
      type: 'application/apply-patch+yaml',
      body: `\napiVersion: example.com/v1\nkind: ${kind}\nmetadata:\n  name: mytest\n${lines}`,
    });

  it('are applied when they fit, and with any field where there is no schema', async () => {
    expect((await apply('closed', 'spec:\n  foo: foo1')).code).toBe(201);
    expect((await apply('none', 'spec:\n  unknown: uk1')).code).toBe(201);
  });

  it('with fields that the schema does not have are refused', async () => {
    expect((await apply('closed', 'unknownField: unknown\nspec:\n  foo: foo1')).message).toBe(
      'failed to create typed patch object (/mytest; example.com/v1, Kind=closed): .unknownField: field not declared in schema',
    );
  });

  it('with unknown metadata are refused, also within an embedded object', async () => {
    const template = 'apiVersion: foo/v1, kind: Sub, metadata: { unknownSubMeta: unknown, name: subobject }';
    const { message } = await apply('open', `  unknownMeta: unknown\nspec:\n  template: { ${template} }`);
    expect(message).toContain('.spec.template.metadata.unknownSubMeta: field not declared in schema');
    expect(message).toContain('.metadata.unknownMeta: field not declared in schema');
  });

  it('with a field twice are refused, even where unknown fields are kept', async () => {
    expect((await apply('open', 'spec:\n  unknown: uk1\n  foo: foo1\n  foo: foo2')).message).toBe(
      'error strict decoding patch: yaml: unmarshal errors:\n  line 9: key "foo" already set in map',
    );
  });

  it('are updated only from a known state', async () => {
    const path = '/apis/example.com/v1/closeds';
    const call = (method: string, at: string, body: object) =>
      callHttps(cluster, {
        method,
        path: at,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const object = { apiVersion: 'example.com/v1', kind: 'closed', metadata: { name: 'a' } };
    expect((await call('POST', path, object)).status).toBe(201);
    const refused = await call('PUT', `${path}/a`, { ...object, spec: { foo: 'a' } });
    expect(refused.json.message).toBe(
      'closeds.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });
});
