import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { define, specOf, type Widget, widgetCrd, widgets, widgetVersion } from './widgets.test-fixture.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});
afterEach(() => cluster.close());

const metadata = { name: 'a', namespace: 'default' };
const ref = metadata;
const sized = widgetVersion(specOf({ size: { type: 'integer' } }));
const get = (path: string) => cluster.client.transport.request({ method: 'GET', path });
const problem = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: Error) => error.message,
  );

describe('custom objects', () => {
  it('are pruned, defaulted and told of unknown fields', async () => {
    const { client } = cluster;
    const schema = specOf({
      size: { type: 'integer', default: 1 },
      open: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { a: { type: 'object', properties: { b: { type: 'string' } } } },
      },
      list: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, port: { type: 'integer', default: 80 } },
        },
      },
      note: { type: 'string', nullable: true },
      text: { type: 'string' },
    });
    await define(client, widgetCrd([widgetVersion(schema)]));
    const spec = {
      open: { x: 1, a: { b: 'c', d: 1 } },
      list: [{ name: 'n', extra: 1 }],
      note: null,
      text: null,
      junk: 1,
    };
    const created = (await client.create(widgets(), { metadata, spec } as unknown as Widget)) as Widget;
    expect(created.spec).toEqual({
      size: 1,
      open: { x: 1, a: { b: 'c' } },
      list: [{ name: 'n', port: 80 }],
      note: null,
    });
    const strict = client.create(
      widgets(),
      { metadata: { ...metadata, name: 'b', colour: 1 } as never, spec } as unknown as Widget,
      {
        fieldValidation: 'Strict',
      },
    );
    expect(await problem(strict)).toContain(
      'strict decoding error: unknown field "spec.open.a.d", unknown field "spec.list[0].extra", unknown field "spec.junk", unknown field "metadata.colour"',
    );
  });

  it('are judged by their schema, everything at once', async () => {
    const { client } = cluster;
    const schema = specOf(
      {
        size: { type: 'integer', minimum: 1, maximum: 9 },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        color: { type: 'string', enum: ['red', 'green'] },
        when: { type: 'string', format: 'date-time' },
        port: { 'x-kubernetes-int-or-string': true },
        tags: { type: 'array', maxItems: 1, items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        choice: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'string' } },
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
        },
      },
      { required: ['size', 'owner'] },
    );
    await define(client, widgetCrd([widgetVersion({ ...schema, required: ['spec'] })]));
    const spec = {
      size: 'big',
      name: 'TOO-LONG',
      color: 'blue',
      when: 'now',
      port: true,
      tags: ['a', 'a'],
      choice: {},
    };
    const error = await client
      .create(widgets(), { metadata, spec } as unknown as Widget)
      .catch((caught) => caught);
    expect(
      error.status.details.causes.map(
        (cause: { field: string; message: string }) => `${cause.field}: ${cause.message}`,
      ),
    ).toEqual([
      'spec.owner: Required value',
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
      'spec.name: Too long: may not be more than 5 bytes',
      `spec.name: Invalid value: "TOO-LONG": spec.name in body should match '^[a-z]+$'`,
      'spec.color: Unsupported value: "blue": supported values: "red", "green"',
      'spec.when: Invalid value: "now": spec.when in body must be of type date-time: "now"',
      'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
      'spec.tags: Too many: 2: must have at most 1 item',
      '<nil>: Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). Found none valid',
      'spec.choice.a: Required value',
      'spec.tags[1]: Duplicate value: "a"',
    ]);
    expect(await problem(client.create(widgets(), { metadata } as Widget))).toContain('spec: Required value');
  });

  it('may stay as wrong as they were when the schema became stricter', async () => {
    const { client } = cluster;
    await define(
      client,
      widgetCrd([widgetVersion(specOf({ name: { type: 'string' }, size: { type: 'integer' } }))]),
    );
    const created = (await client.create(widgets(), {
      metadata,
      spec: { name: 'WRONG' },
    } as Widget)) as Widget;
    const crd = await client.get(crdKind, { name: 'widgets.example.com' });
    const stricter = widgetVersion(
      specOf({ name: { type: 'string', pattern: '^[a-z]+$' }, size: { type: 'integer' } }),
    );
    await client.update(crdKind, { ...crd, spec: { ...crd.spec, versions: [stricter] } });
    await vi.waitFor(async () =>
      expect(
        await problem(
          client.create(widgets(), {
            metadata: { ...metadata, name: 'b' },
            spec: { name: 'WRONG' },
          } as Widget),
        ),
      ).toContain('should match'),
    );
    const changed = await client.update(widgets(), {
      ...created,
      spec: { name: 'WRONG', size: 2 },
    } as unknown as Widget);
    expect((changed as Widget).spec).toEqual({ name: 'WRONG', size: 2 });
    expect(
      await problem(client.update(widgets(), { ...changed, spec: { name: 'WORSE' } } as unknown as Widget)),
    ).toContain('should match');
  });

  it('have status and scale apart from the rest', async () => {
    const { client } = cluster;
    const version = widgetVersion(specOf({ replicas: { type: 'integer' } }), {
      subresources: {
        status: {},
        scale: {
          specReplicasPath: '.spec.replicas',
          statusReplicasPath: '.status.replicas',
          labelSelectorPath: '.status.selector',
        },
      },
    });
    await define(client, widgetCrd([version]));
    const created = await client.create(widgets(), {
      metadata,
      spec: { replicas: 1 },
      status: { replicas: 7 },
    } as Widget);
    expect((created as Widget).status).toBeUndefined();
    await client.updateStatus(widgets(), {
      ...created,
      status: { replicas: 1, selector: 'app=a' },
    } as unknown as Widget);
    const path = '/apis/example.com/v1/namespaces/default/widgets/a/scale';
    expect(await get(path)).toMatchObject({
      spec: { replicas: 1 },
      status: { replicas: 1, selector: 'app=a' },
    });
    await client.transport.request({
      method: 'PATCH',
      path,
      patchType: 'merge',
      body: { spec: { replicas: 4 } },
    });
    expect(await client.get(widgets(), ref)).toMatchObject({
      spec: { replicas: 4 },
      status: { replicas: 1 },
      metadata: { generation: 2 },
    });
  });

  it('are applied by fields, with keyed lists', async () => {
    const { client } = cluster;
    const ports = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, port: { type: 'integer' } },
      },
    };
    await define(client, widgetCrd([widgetVersion(specOf({ ports, size: { type: 'integer' } }))]));
    const apply = (manager: string, spec: object, force = false) =>
      client.patch(
        widgets(),
        ref,
        { type: 'apply', body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec } as never },
        { fieldManager: manager, force },
      ) as Promise<Widget>;
    await apply('one', { ports: [{ name: 'a', port: 1 }], size: 1 });
    await apply('two', { ports: [{ name: 'b', port: 2 }] });
    expect(await problem(apply('two', { ports: [{ name: 'b', port: 2 }], size: 2 }))).toContain(
      'conflict with "one": .spec.size',
    );
    const result = await apply('one', { size: 1 });
    expect(result.spec).toEqual({ ports: [{ name: 'b', port: 2 }], size: 1 });
    expect(await problem(client.patch(widgets(), ref, { type: 'strategic', body: {} }))).toContain(
      'unknown format',
    );
  });

  it('are selected by the fields their definition names', async () => {
    const { client } = cluster;
    const version = widgetVersion(specOf({ color: { type: 'string' } }), {
      selectableFields: [{ jsonPath: '.spec.color' }],
    });
    await define(client, widgetCrd([version]));
    for (const [name, color] of [
      ['a', 'red'],
      ['b', 'green'],
    ] as const)
      await client.create(widgets(), { metadata: { ...metadata, name }, spec: { color } } as Widget);
    const list = await client.list(widgets(), { namespace: 'default', fieldSelector: 'spec.color=green' });
    expect(list.items.map((item) => item.metadata?.name)).toEqual(['b']);
    expect(
      await problem(client.list(widgets(), { namespace: 'default', fieldSelector: 'spec.size=1' })),
    ).toContain('field label not supported: spec.size');
  });

  it('come in several versions of one object', async () => {
    const { client, store } = cluster;
    const v1 = widgetVersion(specOf({ size: { type: 'integer' } }), { storage: false });
    const v2 = widgetVersion(
      specOf({ size: { type: 'integer' }, color: { type: 'string', default: 'red' } }),
      { name: 'v2' },
    );
    await define(client, widgetCrd([v1, v2]));
    await client.create(widgets('v1'), { metadata, spec: { size: 3 } } as Widget);
    expect(await client.get(widgets('v2'), ref)).toMatchObject({
      apiVersion: 'example.com/v2',
      spec: { size: 3, color: 'red' },
    });
    expect(((await client.get(widgets('v1'), ref)) as Widget).spec).toEqual({ size: 3 });
    const { entries } = await store.range('/registry/example.com/widgets/');
    expect(entries.map(({ value }) => value.apiVersion)).toEqual(['example.com/v2']);
    const crd = await client.get(crdKind, { name: 'widgets.example.com' });
    await client.update(crdKind, { ...crd, spec: { ...crd.spec, versions: [{ ...v1, served: false }, v2] } });
    await vi.waitFor(async () =>
      expect(await problem(client.get(widgets('v1'), ref))).toBe(
        'the server could not find the requested resource',
      ),
    );
  });

  it('live in namespaces that have to be there', async () => {
    const { client } = cluster;
    await define(client, widgetCrd([sized]));
    expect(
      await problem(client.create(widgets(), { metadata: { name: 'a', namespace: 'nowhere' } } as Widget)),
    ).toBe('namespaces "nowhere" not found');
    await client.create(namespaceKind, { metadata: { name: 'somewhere' } });
    await client.create(widgets(), { metadata: { name: 'a', namespace: 'somewhere' } } as Widget);
  });
});
