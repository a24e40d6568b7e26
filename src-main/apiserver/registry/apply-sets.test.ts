import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson } from '../../testing/https.ts';
import { define, widgetCrd, widgetVersion } from '../crd/widgets.test-fixture.ts';

/**
 * Lists of scalars that are sets: each value has owners of its own.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  const set = { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' } as const;
  const spec = { type: 'object', properties: { tags: set } } as const;
  await define(cluster.client, widgetCrd([widgetVersion({ type: 'object', properties: { spec } })]));
});

afterAll(() => cluster.close());

const places = {
  'a built-in field': {
    path: '/api/v1/namespaces/default/configmaps/built-in',
    object: (finalizers: string[]) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { finalizers } }),
    // biome-ignore lint/suspicious/noExplicitAny: objects of two kinds
    read: (object: any) => object.metadata.finalizers,
    owned: 'f:metadata',
    list: 'f:finalizers',
  },
  'a custom field': {
    path: '/apis/example.com/v1/namespaces/default/widgets/custom',
    object: (tags: string[]) => ({ apiVersion: 'example.com/v1', kind: 'Widget', spec: { tags } }),
    // biome-ignore lint/suspicious/noExplicitAny: objects of two kinds
    read: (object: any) => object.spec.tags,
    owned: 'f:spec',
    list: 'f:tags',
  },
} as const;

interface Entry {
  readonly manager: string;
  readonly fieldsV1: Record<string, Record<string, Record<string, object>>>;
}

test.each(Object.entries(places))('%s', async (_name, { path, object, read, owned, list }) => {
  const apply = async (fieldManager: string, values: string[]) => {
    const { status, json, text } = await callJson(cluster, {
      method: 'PATCH',
      path: `${path}?fieldManager=${fieldManager}`,
      body: object(values.map((value) => `example.com/${value}`)),
      type: 'application/apply-patch+yaml',
    });
    expect(status, text).toBeLessThan(300);
    const owners = (json.metadata.managedFields as Entry[]).map(({ manager, fieldsV1 }) => [
      manager,
      Object.keys(fieldsV1[owned]?.[list] ?? {})
        .filter((key) => key !== '.')
        .map((key) => key.replace(/^v:"example.com\/(.*)"$/, '$1')),
    ]);
    const values_ = (read(json) as string[]).map((value) => value.replace('example.com/', ''));
    return { values: values_, owners: Object.fromEntries(owners) };
  };
  expect(await apply('one', ['x', 'y'])).toEqual({ values: ['x', 'y'], owners: { one: ['x', 'y'] } });
  // What another one wants as well is shared: values of a set cannot differ, so nobody is in conflict.
  expect(await apply('two', ['y', 'z'])).toEqual({
    values: ['x', 'y', 'z'],
    owners: { one: ['x', 'y'], two: ['y', 'z'] },
  });
  // What is no longer applied goes with its last owner.
  expect(await apply('one', ['w'])).toEqual({
    values: ['y', 'z', 'w'],
    owners: { one: ['w'], two: ['y', 'z'] },
  });
  const twice = await callJson(cluster, {
    method: 'PATCH',
    path: `${path}?fieldManager=one`,
    body: object(['example.com/w', 'example.com/w']),
    type: 'application/apply-patch+yaml',
  });
  expect([twice.status, twice.json.message]).toEqual([
    400,
    expect.stringContaining('duplicate entries for key [="example.com/w"]'),
  ]);
});
