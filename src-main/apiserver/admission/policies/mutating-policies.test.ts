import { mutatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/mutating-admission-policy/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { bindMutating, clear, refusal, rulesFor } from './policies.test-fixture.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
});
afterEach(async () => {
  await clear(cluster);
  const { items } = await cluster.client.list(podKind, { namespace });
  for (const { metadata } of items)
    await cluster.client.delete(podKind, { namespace, name: metadata?.name ?? '' });
});
afterAll(() => cluster.close());

const namespace = 'default';
const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace, labels },
  data,
});
const create = (name: string, data?: Record<string, string>, labels?: Record<string, string>) =>
  cluster.client.create(configMapKind, map(name, data, labels));
const pod = (spec: object = {}) => ({
  metadata: { name: 'p', namespace },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const configuration = (expression: string) => ({
  patchType: 'ApplyConfiguration' as const,
  applyConfiguration: { expression },
});
const patch = (expression: string) => ({ patchType: 'JSONPatch' as const, jsonPatch: { expression } });

describe('a mutating policy', () => {
  it('merges an apply configuration into objects', async () => {
    await bindMutating(cluster, 'sidecar', {
      matchConstraints: rulesFor('pods'),
      matchConditions: [
        { name: 'once', expression: '!object.spec.?initContainers.orValue([]).exists(c, c.name == "mesh")' },
      ],
      mutations: [
        configuration(`
          Object{
            // A comment with {braces}, "quotes" and Object{}
            metadata: Object.metadata{
              labels: {"mesh": "on"}, annotations: {"a": 'b}'},
            },
            spec: Object.spec{
              ?hostname: optional.of("h"), ?subdomain: optional.none(),
              initContainers: [
                Object.spec.initContainers{
                  name: "mesh",
                  image: "mesh/" + object.metadata.name + ":1",
                  restartPolicy: "Always",
                  ports: [Object.spec.initContainers.ports{containerPort: 80}]
                }
              ]
            }
          }`),
      ],
    });
    const created = await cluster.client.create(
      podKind,
      pod({ initContainers: [{ name: 'own', image: 'o' }] }),
    );
    expect(created.metadata).toMatchObject({ labels: { mesh: 'on' }, annotations: { a: 'b}' } });
    expect(created.spec).toMatchObject({
      hostname: 'h',
      containers: [{ name: 'c', image: 'i' }],
      initContainers: expect.arrayContaining([
        expect.objectContaining({ name: 'own', image: 'o' }),
        expect.objectContaining({
          name: 'mesh',
          image: 'mesh/p:1',
          terminationMessagePath: '/dev/termination-log',
        }),
      ]),
    });
    expect(created.spec).not.toHaveProperty('subdomain');
  });

  it('applies JSON patches with escaped keys, objects and tests', async () => {
    await bindMutating(cluster, 'v', {
      variables: [{ name: 'key', expression: 'jsonpatch.escapeKey("example.com/touched")' }],
      mutations: [
        patch(
          '[JSONPatch{op: "test", path: "/data/x", value: "no"}, JSONPatch{op: "add", path: "/data/never", value: "1"}]',
        ),
        patch(
          '[JSONPatch{op: "add", path: "/metadata/annotations", value: {}}, JSONPatch{op: "add", path: "/metadata/annotations/" + variables.key, value: string(size(object.data))}, JSONPatch{op: "move", from: "/data/x", path: "/data/y"}]',
        ),
      ],
    });
    const made = await create('a', { x: '1' });
    expect(made.data).toEqual({ y: '1' });
    expect(made.metadata?.annotations).toEqual({ 'example.com/touched': '1' });
  });

  it('is parametrized, runs in the order of names and again when it wants to', async () => {
    await create('param', { value: 'from-param' });
    await bindMutating(cluster, 'a-first', {
      reinvocationPolicy: 'IfNeeded',
      matchConditions: [{ name: 'n', expression: 'object.metadata.name != "param"' }],
      mutations: [
        configuration('Object{data: Object.data{seen: has(object.data.second) ? "second" : "nothing"}}'),
      ],
    });
    await bindMutating(
      cluster,
      'b-second',
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        mutations: [patch('[JSONPatch{op: "add", path: "/data/second", value: params.data.value}]')],
      },
      { paramRef: { name: 'param', namespace, parameterNotFoundAction: 'Deny' } },
    );
    const made = await create('a', { x: '1' });
    expect(made.data).toEqual({ x: '1', seen: 'second', second: 'from-param' });
  });

  it('that does not fit refuses, unless failures are ignored', async () => {
    const mutations = [patch('[JSONPatch{op: "remove", path: "/data/nothing"}]')];
    await bindMutating(cluster, 'v', { mutations });
    expect(await refusal(create('a', { x: '1' }))).toMatchObject({
      message:
        "policy 'v' with binding 'v-binding' denied request: JSON Patch: remove operation does not apply: doc is missing path: \"/data/nothing\": missing value",
      reason: 'Invalid',
    });
    await clear(cluster);
    await bindMutating(cluster, 'v', { mutations, failurePolicy: 'Ignore' });
    await create('a', { x: '1' });
  });

  it('may neither replace what is atomic, nor misname what it makes', async () => {
    await bindMutating(cluster, 'v', {
      matchConstraints: rulesFor('pods'),
      mutations: [configuration('Object{spec: Object.spec{nodeSelector: {"a": "b"}}}')],
    });
    expect((await refusal(cluster.client.create(podKind, pod()))).message).toContain(
      'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.nodeSelector',
    );
    await clear(cluster);
    await bindMutating(cluster, 'v', {
      matchConstraints: rulesFor('pods'),
      mutations: [configuration('Object{spec: Object.wrong{hostname: "a"}}')],
    });
    expect((await refusal(cluster.client.create(podKind, pod()))).message).toContain(
      'type mismatch: unexpected type name "Object.wrong", expected "Object.spec", which matches field name path from root Object type',
    );
  });

  it('is refused when it does not compile or yields something else', async () => {
    const status = await refusal(
      cluster.client.create(mutatingAdmissionPolicyKind, {
        metadata: { name: 'v' },
        spec: {
          matchConstraints: rulesFor('configmaps'),
          reinvocationPolicy: 'Never',
          mutations: [configuration('Object{'), configuration('"x"'), patch('JSONPatch{op: "add"}')],
        },
      }),
    );
    expect(status.details?.causes?.map(({ field }) => field)).toEqual([
      'spec.mutations[0].applyConfiguration.expression',
      'spec.mutations[1].applyConfiguration.expression',
      'spec.mutations[2].jsonPatch.expression',
    ]);
    expect(status.message).toContain('must evaluate to Object but got string');
    expect(status.message).toContain('must evaluate to list<JSONPatch> but got JSONPatch');
    const misspelt = await refusal(
      bindMutating(cluster, 'w', {
        mutations: [configuration('Object{\n  data: Object.data{a: nobody}\n}')],
      }),
    );
    expect(misspelt.message).toContain(
      "<input>:2:24: undeclared reference to 'nobody' (in container '')\n |   data: Object.data{a: nobody}\n | .......................^",
    );
  });
});
