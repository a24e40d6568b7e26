import type { WireWatchEvent } from '@shared/client/transport.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
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

describe('a definition', () => {
  it('gets its names accepted and is served', async () => {
    const { client } = cluster;
    await client.create(crdKind, widgetCrd([sized]));
    const crd = await established(client, 'widgets.example.com');
    expect(crd.spec.names).toMatchObject({ singular: 'widget', listKind: 'WidgetList' });
    expect(crd.spec.conversion).toEqual({ strategy: 'None' });
    expect(crd.status).toMatchObject({
      acceptedNames: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all', 'toys'] },
      storedVersions: ['v1'],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
        { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' },
      ],
    });
    expect(await get('/apis/example.com/v1')).toMatchObject({
      resources: [{ name: 'widgets', shortNames: ['wd'], categories: ['all', 'toys'] }],
    });
    const created = await client.create(widgets(), { metadata, spec: { size: 3 } } as Widget);
    expect(created).toMatchObject({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { generation: 1 },
    });
    expect(JSON.stringify(await get('/openapi/v3/apis/example.com/v1'))).toContain('com.example.v1.Widget');
  });

  it('is refused with everything that is wrong with it', async () => {
    const { client } = cluster;
    const wrong = widgetCrd(
      [
        widgetVersion({ type: 'object', properties: { spec: {}, list: { type: 'array' } } }),
        widgetVersion({ type: 'string' }, { name: 'V2', storage: true }),
      ],
      { scope: 'Galaxy' },
    );
    const text = await problem(client.create(crdKind, wrong));
    for (const part of [
      'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"',
      'spec.versions[0].schema.openAPIV3Schema.properties[list].items: Required value: must be specified',
      'spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
      'spec.versions[1].name: Invalid value: "V2": a DNS-1035 label must consist of',
      'spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root',
      'must have exactly one version marked as storage version',
    ])
      expect(text).toContain(part);
  });

  it('waits for names that are taken, and gets them when they are free', async () => {
    const { client } = cluster;
    await define(client, widgetCrd([sized]));
    const other = widgetCrd([sized], {
      names: { plural: 'gadgets', kind: 'Widget', shortNames: ['wd'] },
    });
    await client.create(crdKind, { ...other, metadata: { name: 'gadgets.example.com' } });
    const condition = async (type: string) =>
      (await client.get(crdKind, { name: 'gadgets.example.com' })).status?.conditions?.find(
        (one) => one.type === type,
      );
    await vi.waitFor(async () =>
      expect(await condition('NamesAccepted')).toMatchObject({
        status: 'False',
        reason: 'ListKindConflict',
        message: '"WidgetList" is already in use',
      }),
    );
    expect(await condition('Established')).toMatchObject({ status: 'False', reason: 'NotAccepted' });
    await client.delete(crdKind, { name: 'widgets.example.com' });
    await established(client, 'gadgets.example.com');
  });

  it('takes its objects along when it goes, after their finalizers; then nothing is served', async () => {
    const { client } = cluster;
    await define(client, widgetCrd([sized]));
    await client.create(widgets(), { metadata, spec: { size: 3 } } as Widget);
    await client.create(widgets(), {
      metadata: { ...metadata, name: 'held', finalizers: ['example.com/hold'] },
    } as Widget);
    const seen: WireWatchEvent[] = [];
    const watching = client.transport.watch(
      { method: 'GET', path: '/apis/example.com/v1/widgets', query: { resourceVersion: '0' } },
      (events) => seen.push(...events),
    );
    await client.delete(crdKind, { name: 'widgets.example.com' });
    await vi.waitFor(async () => expect((await client.list(widgets())).items).toHaveLength(1));
    expect(await problem(client.create(widgets(), { metadata } as Widget))).toContain(
      'the server does not allow this method on the requested resource',
    );
    await client.patch(
      widgets(),
      { ...ref, name: 'held' },
      { type: 'merge', body: { metadata: { finalizers: null } } },
    );
    const crd = await client.get(crdKind, { name: 'widgets.example.com' });
    expect(crd.status?.conditions?.find(({ type }) => type === 'Terminating')).toMatchObject({
      status: 'True',
      reason: 'InstanceDeletionInProgress',
    });
    await vi.waitFor(async () =>
      expect(await problem(client.get(crdKind, { name: 'widgets.example.com' }))).toContain('not found'),
    );
    expect(await problem(client.list(widgets()))).toBe('the server could not find the requested resource');
    expect(await problem(get('/apis/example.com/v1'))).toBe(
      'the server could not find the requested resource',
    );
    await watching;
  });

  it('may not change what its objects hang on', async () => {
    const { client } = cluster;
    await define(client, widgetCrd([sized]));
    const crd = await client.get(crdKind, { name: 'widgets.example.com' });
    const names = { ...crd.spec.names, kind: 'Gadget', listKind: 'GadgetList' };
    const text = await problem(
      client.update(crdKind, { ...crd, spec: { ...crd.spec, scope: 'Cluster', names } }),
    );
    expect(text).toContain('spec.scope: Invalid value: "Cluster": field is immutable');
    expect(text).toContain('spec.names.kind: Invalid value: "Gadget": field is immutable');
  });

  it('changes what is served while watches go on again', async () => {
    const { client } = cluster;
    await define(client, widgetCrd([sized]));
    await client.create(widgets(), { metadata, spec: { size: 3 } } as Widget);
    const crd = await client.get(crdKind, { name: 'widgets.example.com' });
    const next = widgetVersion(
      specOf({ size: { type: 'integer' }, color: { type: 'string', default: 'red' } }),
    );
    await client.update(crdKind, { ...crd, spec: { ...crd.spec, versions: [next] } });
    await vi.waitFor(async () =>
      expect((await client.get(widgets(), ref)) as Widget).toMatchObject({ spec: { size: 3, color: 'red' } }),
    );
    expect(JSON.stringify(await get('/openapi/v3/apis/example.com/v1'))).toContain('color');
  });

  it('is there after a restart of the server', async () => {
    const { client, store } = cluster;
    await define(client, widgetCrd([sized]));
    await client.create(widgets(), { metadata, spec: { size: 3 } } as Widget);
    const again = await startTestCluster({ https: false, store });
    expect((await again.client.get(widgets(), ref)) as Widget).toMatchObject({ spec: { size: 3 } });
    await again.close();
  });
});
