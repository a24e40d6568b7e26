import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import {
  define,
  established,
  specOf,
  type Widget,
  widgetCrd,
  widgets,
  widgetVersion,
} from './widgets.test-fixture.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterEach(async () => {
  await cluster.client.delete(crdKind, { name: 'widgets.example.com' });
  await vi.waitFor(async () => expect((await cluster.client.list(crdKind)).items).toEqual([]), {
    timeout: 8000,
  });
});
afterAll(() => cluster.close());

const metadata = { name: 'a', namespace: 'default' };
const path = (version: string) => `/apis/example.com/${version}/namespaces/default/widgets`;
const sized = specOf({ size: { type: 'integer' } });
const change = (make: (crd: CustomResourceDefinition) => void) => {
  const { client } = cluster;
  return client.get(crdKind, { name: 'widgets.example.com' }).then((crd) => {
    const draft = structuredClone(crd) as CustomResourceDefinition;
    make(draft);
    return client.update(crdKind, draft);
  });
};

it('a deprecated version warns with every answer: by its own words, or which version to use', async () => {
  const versions = [
    widgetVersion(sized, { name: 'v1beta1', storage: false, deprecated: true }),
    widgetVersion(sized, { name: 'v1' }),
    widgetVersion(sized, {
      name: 'v1alpha1',
      storage: false,
      deprecated: true,
      deprecationWarning: 'gone "soon"',
    }),
  ];
  await define(cluster.client, widgetCrd(versions));
  const warnings = async (version: string, method = 'GET') => {
    const body = { apiVersion: `example.com/${version}`, kind: 'Widget', metadata };
    const { headers, status } = await callHttps(cluster, {
      method,
      path: path(version),
      headers: { 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    });
    return [status, headers.warning];
  };
  expect(await warnings('v1')).toEqual([200, undefined]);
  expect(await warnings('v1beta1')).toEqual([
    200,
    '299 - "example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget"',
  ]);
  expect(await warnings('v1beta1', 'POST')).toEqual([
    201,
    '299 - "example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget"',
  ]);
  expect(await warnings('v1alpha1')).toEqual([200, '299 - "gone \\"soon\\""']);
});

it('what was wrong before and has not been touched is told as a warning', async () => {
  const { client } = cluster;
  const positive = { 'x-kubernetes-validations': [{ rule: 'self > 0', message: 'positive' }] };
  const spec = (rules: Partial<JsonSchema>) =>
    specOf({
      size: { type: 'integer', ...rules },
      list: { type: 'array', maxItems: 10, items: { type: 'integer', ...rules } },
      name: { type: 'string' },
    });
  await define(client, widgetCrd([widgetVersion(spec({}))]));
  const create = (name: string, values: JsonObject) =>
    client.create(widgets(), { metadata: { ...metadata, name }, spec: values } as Widget);
  await create('a', { size: -1, list: [1, -2] });
  const crd = await client.get(crdKind, { name: 'widgets.example.com' });
  const versions = [widgetVersion(spec(positive))];
  await client.update(crdKind, { ...crd, spec: { ...crd.spec, versions } });
  await vi.waitFor(() => expect(create('b', { size: -1 })).rejects.toThrow('positive'));
  const patch = async (spec: JsonObject) => {
    const answer = await callHttps(cluster, {
      method: 'PATCH',
      path: `${path('v1')}/a`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ spec }),
    });
    return { code: answer.status, warnings: answer.headers.warning };
  };
  const warning = 'spec.size: Invalid value: -1: positive';
  expect(await patch({ name: 'x' })).toEqual({
    code: 200,
    warnings: `299 - "${warning}", 299 - "spec.list[1]: Invalid value: -2: positive"`,
  });
  expect(await patch({ list: [-2] })).toEqual({ code: 422, warnings: `299 - "${warning}"` });
});

it('whole numbers have the room their format says', async () => {
  const { client } = cluster;
  const schema = specOf({
    small: { type: 'integer', format: 'int32' },
    large: { type: 'integer', format: 'int64' },
  });
  await define(client, widgetCrd([widgetVersion(schema)]));
  const create = (name: string, spec: Widget['spec']) =>
    client.create(widgets(), { metadata: { ...metadata, name }, spec } as Widget).then(
      () => 'created',
      ({ message }: Error) => message,
    );
  expect(await create('a', { small: 2147483647, large: 9007199254740991 })).toBe('created');
  expect(await create('b', { small: 2147483648 })).toContain(
    'Checked value must be of type integer with format int32 in spec.small',
  );
  expect(await create('c', { large: 1e19 })).toContain(
    'spec.large in body must be of type integer: "number"',
  );
});

it('storedVersions grows with the storage version, and shrinks by hand', async () => {
  const { client } = cluster;
  await define(
    client,
    widgetCrd([widgetVersion(sized), widgetVersion(sized, { name: 'v2', storage: false })]),
  );
  await client.create(widgets('v1'), { metadata, spec: { size: 1 } } as Widget);
  await change(({ spec }) => {
    for (const version of spec.versions) version.storage = version.name === 'v2';
  });
  await vi.waitFor(async () =>
    expect((await established(client, 'widgets.example.com')).status?.storedVersions).toEqual(['v1', 'v2']),
  );
  const kept = await client.get(widgets('v2'), metadata);
  await client.update(widgets('v2'), structuredClone(kept) as Widget);
  const [stored] = (await cluster.store.range('/registry/example.com/widgets/')).entries;
  expect(stored?.value).toMatchObject({ apiVersion: 'example.com/v2' });
  await expect(
    change(({ spec }) => {
      spec.versions = spec.versions.filter(({ name }) => name === 'v2');
    }),
  ).rejects.toThrow('status.storedVersions[0]: Invalid value: "v1"');
  await client.patch(
    crdKind,
    { name: 'widgets.example.com' },
    { type: 'merge', body: { status: { storedVersions: ['v2'] } } },
    { subresource: 'status' },
  );
  await change(({ spec }) => {
    spec.versions = spec.versions.filter(({ name }) => name === 'v2');
  });
  await vi.waitFor(() => expect(client.get(widgets('v1'), metadata)).rejects.toThrow());
  expect(((await client.get(widgets('v2'), metadata)) as Widget).spec).toEqual({ size: 1 });
});

it('the status subresource comes and goes', async () => {
  const { client } = cluster;
  await define(client, widgetCrd([widgetVersion(sized)]));
  const status = { ready: true };
  const created = await client.create(widgets(), { metadata, spec: { size: 1 }, status } as Widget);
  expect((created as Widget).status).toEqual(status);
  await change(({ spec }) => {
    for (const version of spec.versions) version.subresources = { status: {} };
  });
  const patch = (ready: boolean, subresource?: 'status') =>
    client
      .patch(
        widgets(),
        metadata,
        { type: 'merge', body: { status: { ready } } },
        subresource ? { subresource } : {},
      )
      .then((object) => (object as Widget).status);
  await vi.waitFor(async () => expect(await patch(false, 'status')).toEqual({ ready: false }));
  expect(await patch(true)).toEqual({ ready: false });
  await change(({ spec }) => {
    for (const version of spec.versions) delete version.subresources;
  });
  await vi.waitFor(async () => expect(await patch(true)).toEqual({ ready: true }));
  await expect(patch(false, 'status')).rejects.toThrow();
});

it('a root that preserves unknown fields keeps them; what is declared is checked all the same', async () => {
  const { client } = cluster;
  const schema = { ...sized, 'x-kubernetes-preserve-unknown-fields': true } as const;
  await define(client, widgetCrd([widgetVersion(schema)]));
  const created = await client.create(
    widgets(),
    { metadata, spec: { size: 1, junk: 1 }, other: { a: [1] } } as unknown as Widget,
    { fieldValidation: 'Ignore' },
  );
  expect(created).toMatchObject({ spec: { size: 1 }, other: { a: [1] } });
  expect((created as Widget).spec).toEqual({ size: 1 });
});

it('what a manager owns stands in the version it was written in', async () => {
  const { client } = cluster;
  const versions = [widgetVersion(sized), widgetVersion(sized, { name: 'v2', storage: false })];
  await define(client, widgetCrd(versions));
  const apply = (version: string, manager: string, spec: Widget['spec']) =>
    client.patch(
      widgets(version),
      metadata,
      {
        type: 'apply',
        body: { apiVersion: `example.com/${version}`, kind: 'Widget', metadata, spec } as never,
      },
      { fieldManager: manager },
    );
  await apply('v1', 'one', { size: 1 });
  const both = await apply('v2', 'two', { size: 1 });
  expect(both.metadata?.managedFields?.map(({ manager, apiVersion }) => [manager, apiVersion])).toEqual([
    ['one', 'example.com/v1'],
    ['two', 'example.com/v2'],
  ]);
  await expect(apply('v2', 'two', { size: 2 })).rejects.toThrow(
    'Apply failed with 1 conflict: conflict with "one": .spec.size',
  );
});

it('a definition of a megabyte is served, and its objects are checked', async () => {
  const { client } = cluster;
  const text = 'What this field is for, at some length, as generated definitions say it. '.repeat(4);
  const level = (depth: number): Parameters<typeof specOf>[0] =>
    Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [
        `field${i}`,
        depth === 0
          ? { type: 'string', description: text, maxLength: 20 }
          : { type: 'object', description: text, properties: level(depth - 1) },
      ]),
    );
  const crd = widgetCrd([widgetVersion(specOf(level(3)))]);
  crd.spec.versions.push({
    ...structuredClone(crd.spec.versions[0] as never as object),
    name: 'v2',
    storage: false,
  } as never);
  expect(JSON.stringify(crd).length).toBeGreaterThan(900_000);
  await define(client, crd);
  const deep = (value: string) => ({ field0: { field1: { field2: { field3: value } } } });
  await client.create(widgets(), { metadata, spec: deep('short') } as Widget);
  await expect(
    client.create(widgets('v2'), {
      metadata: { ...metadata, name: 'b' },
      spec: deep('x'.repeat(21)),
    } as Widget),
  ).rejects.toThrow('spec.field0.field1.field2.field3: Too long: may not be more than 20');
});
