import type { KubeObject, OwnerReference } from '@shared/api/meta.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.client.create(crdKind, definition);
  await eventually(world.client, crdKind, {
    until: (all) =>
      all.some(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'),
      ),
  });
});
afterEach(() => world.close());

const definition: CustomResourceDefinition = {
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'boats', kind: 'Boat' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const boats = { group: 'example.com', version: 'v1', plural: 'boats', kind: 'Boat', namespaced: true };
const boat = (name: string, namespace: string, ownerReferences: OwnerReference[] = []): KubeObject => ({
  metadata: { name, namespace, ...(ownerReferences.length > 0 && { ownerReferences }) },
});

test('custom objects go with their namespace', async () => {
  const { client } = world;
  await client.create(namespaceKind, { metadata: { name: 'harbour' } });
  await client.create(boats, boat('a', 'harbour'));
  await client.delete(namespaceKind, { name: 'harbour' });
  await eventually(client, namespaceKind, {
    until: (all) => !all.some(({ metadata }) => metadata?.name === 'harbour'),
  });
  expect((await client.list(boats)).items).toEqual([]);
});

test('what custom objects own goes with them, and they go with their owners', async () => {
  const { client } = world;
  const map = await client.create(configMapKind, { metadata: { name: 'owner', namespace: 'default' } });
  const refTo = (
    kind: string,
    apiVersion: string,
    object: { metadata?: { readonly uid?: string; readonly name?: string } },
  ) => ({
    apiVersion,
    kind,
    name: object.metadata?.name ?? '',
    uid: object.metadata?.uid ?? '',
  });
  const owned = await client.create(boats, boat('owned', 'default', [refTo('ConfigMap', 'v1', map)]));
  await client.create(configMapKind, {
    metadata: {
      name: 'cargo',
      namespace: 'default',
      ownerReferences: [refTo('Boat', 'example.com/v1', owned)],
    },
  });
  await client.delete(configMapKind, { namespace: 'default', name: 'owner' });
  await eventually(client, boats, { until: (all) => all.length === 0 });
  await eventually(client, configMapKind, {
    namespace: 'default',
    until: (all) => !all.some(({ metadata }) => metadata?.name === 'cargo'),
  });
});
