import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { define, specOf, type Widget, widgetCrd, widgets, widgetVersion } from './widgets.test-fixture.ts';

// What the conformance tests of CustomResourcePublishOpenAPI and CustomResourceFieldSelectors ask for.

const run = promisify(execFile);
const waiting = { timeout: 8000 };
let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster();
});
afterEach(() => cluster.close());

const schema = specOf({ size: { type: 'integer', description: 'How large it is.' } });
const named = (kind: string, group = 'example.com', versions = [widgetVersion(schema)]) => {
  const plural = `${kind.toLowerCase()}s`;
  const crd = widgetCrd(versions, { group, names: { plural, kind } });
  return { ...crd, metadata: { name: `${plural}.${group}` } };
};
const document = async (path: string) => (await callHttps(cluster, { path })).json;
const definitions = async (): Promise<string[]> => {
  const { definitions: all } = await document('/openapi/v2');
  return Object.keys(all).filter((name) => /^com\.example/.test(name) && !name.endsWith('List'));
};
const explain = (path: string, ...rest: string[]) =>
  run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'explain', path, ...rest]).then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => stderr,
  );
const change = async (make: (crd: CustomResourceDefinition) => void) => {
  const draft = structuredClone(await cluster.client.get(crdKind, { name: 'widgets.example.com' }));
  make(draft as CustomResourceDefinition);
  await cluster.client.update(crdKind, draft as CustomResourceDefinition);
};

it('every version, kind and group is published in both OpenAPI documents', async () => {
  const { client } = cluster;
  await define(
    client,
    named('Widget', 'example.com', [
      widgetVersion(schema),
      widgetVersion(schema, { name: 'v2', storage: false }),
    ]),
  );
  await define(client, named('Gadget'));
  await define(client, named('Widget', 'sub.example.com'));
  await vi.waitFor(
    async () =>
      expect((await definitions()).toSorted()).toEqual([
        'com.example.sub.v1.Widget',
        'com.example.v1.Gadget',
        'com.example.v1.Widget',
        'com.example.v2.Widget',
      ]),
    waiting,
  );
  const { components } = await document('/openapi/v3/apis/example.com/v1');
  expect(components.schemas['com.example.v1.Widget']).toMatchObject({
    'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Widget', version: 'v1' }],
    properties: { spec: { properties: { size: { type: 'integer', description: 'How large it is.' } } } },
  });
});

it('a version that is renamed or no longer served leaves the documents; the others stay as they are', async () => {
  const versions = [widgetVersion(schema), widgetVersion(schema, { name: 'v2', storage: false })];
  await define(cluster.client, named('Widget', 'example.com', versions));
  const before = await document('/openapi/v3/apis/example.com/v1');
  await change(({ spec }) => {
    for (const version of spec.versions) if (version.name === 'v2') version.name = 'v3';
  });
  await vi.waitFor(
    async () =>
      expect((await definitions()).toSorted()).toEqual(['com.example.v1.Widget', 'com.example.v3.Widget']),
    waiting,
  );
  await change(({ spec }) => {
    for (const version of spec.versions) if (version.name === 'v3') version.served = false;
  });
  await vi.waitFor(async () => expect(await definitions()).toEqual(['com.example.v1.Widget']), waiting);
  expect(await document('/openapi/v3/apis/example.com/v1')).toEqual(before);
});

it('a type that keeps unknown fields at its root says nothing of fields to clients of OpenAPI 2', async () => {
  const open = { ...schema, 'x-kubernetes-preserve-unknown-fields': true } as const;
  await define(cluster.client, named('Gadget', 'example.com', [widgetVersion(open)]));
  await vi.waitFor(async () => {
    const { definitions: all } = await document('/openapi/v2');
    expect(all['com.example.v1.Gadget']).toEqual({
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Gadget', version: 'v1' }],
    });
  }, waiting);
  const { components } = await document('/openapi/v3/apis/example.com/v1');
  expect(components.schemas['com.example.v1.Gadget'].properties.spec.properties.size).toBeDefined();
});

it('discovery tells in which version objects are stored, the same for every version', async () => {
  const versions = [widgetVersion(schema), widgetVersion(schema, { name: 'v2', storage: false })];
  await define(cluster.client, named('Widget', 'example.com', versions));
  // The first eight bytes of the SHA-256 of `example.com/v1/Widget`.
  const hash = createHash('sha256').update('example.com/v1/Widget').digest().subarray(0, 8);
  for (const version of ['v1', 'v2'])
    await vi.waitFor(async () => {
      const { resources } = await document(`/apis/example.com/${version}`);
      expect(resources[0].storageVersionHash).toBe(hash.toString('base64'));
    }, waiting);
});

it('kubectl explains what a definition says, and nothing where it says nothing', async () => {
  const { client } = cluster;
  await define(client, named('Widget'));
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
  await define(client, named('Gadget', 'example.com', [widgetVersion(open)]));
  expect(await explain('widgets.spec')).toMatch(
    /GROUP: +example\.com\nKIND: +Widget\nVERSION: +v1\n[\s\S]*FIELDS:\n {2}size\t<integer>\n {4}How large it is\./,
  );
  expect(await explain('widgets')).toMatch(/apiVersion\t<string>\n +APIVersion defines the versioned schema/);
  expect(await explain('widgets.metadata')).toMatch(/DESCRIPTION:\s+Standard object's metadata\./);
  expect(await explain('widgets.spec', '--recursive')).toMatch(/size\t<integer>/);
  expect(await explain('widgets.spec.nothing')).toBe('error: field "nothing" does not exist\n');
  expect(await explain('gadgets')).toMatch(/KIND: +Gadget[\s\S]*DESCRIPTION:\n {4}<empty>/);
});

it('objects are listed and watched by the fields a version selects by', async () => {
  const { client } = cluster;
  const selectable = widgetVersion(specOf({ colour: { type: 'string' }, size: { type: 'integer' } }), {
    selectableFields: [{ jsonPath: '.spec.colour' }, { jsonPath: '.spec.size' }],
  });
  await define(client, named('Widget', 'example.com', [selectable]));
  const seen: string[] = [];
  const abort = new AbortController();
  const watching = client.transport
    .watch(
      {
        method: 'GET',
        path: '/apis/example.com/v1/widgets',
        query: { fieldSelector: 'spec.colour=blue,spec.size=1' },
        signal: abort.signal,
      },
      (events) =>
        seen.push(...events.map(({ type, object }) => `${type} ${(object as Widget).metadata?.name}`)),
    )
    .catch(() => undefined);
  for (const [name, colour, size] of [
    ['a', 'blue', 1],
    ['b', 'blue', 2],
    ['c', 'red', 1],
  ] as const)
    await client.create(widgets(), {
      metadata: { name, namespace: 'default' },
      spec: { colour, size },
    } as Widget);
  const { items } = await client.list(widgets(), { fieldSelector: 'spec.colour=blue' });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b']);
  await client.patch(widgets(), { namespace: 'default', name: 'a' }, {
    type: 'merge',
    body: { spec: { colour: 'red' } },
  } as never);
  await vi.waitFor(() => expect(seen).toEqual(['ADDED a', 'DELETED a']), waiting);
  abort.abort();
  await watching;
  await expect(client.list(widgets(), { fieldSelector: 'spec.other=1' })).rejects.toThrow(
    'field label not supported: spec.other',
  );
});
