import type { KubeObject } from '@shared/api/meta.ts';
import type { Client } from '@shared/client/client.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { vi } from 'vitest';

/** A custom object as tests see it. */
export interface Widget extends KubeObject {
  spec?: JsonObject;
  status?: JsonObject;
}

/** Where the test definition's objects are found, in any version. */
export const widgets = (version = 'v1', namespaced = true) => ({
  group: 'example.com',
  version,
  plural: 'widgets',
  kind: 'Widget',
  namespaced,
});

type Version = CustomResourceDefinition['spec']['versions'][number];

export const widgetVersion = (schema: JsonSchema, rest: Partial<Version> = {}): Version => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema as never },
  ...rest,
});

/** A definition of widgets. */
export function widgetCrd(
  versions: Version[],
  rest: Partial<CustomResourceDefinition['spec']> = {},
): CustomResourceDefinition {
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all', 'toys'] },
      versions,
      ...rest,
    },
  };
}

/** Creates a definition and waits until it is served. */
export async function define(client: Client, crd: CustomResourceDefinition): Promise<void> {
  await client.create(crdKind, crd);
  await established(client, crd.metadata?.name ?? '');
}

export async function established(
  client: Client,
  name: string,
): Promise<DeepReadonly<CustomResourceDefinition>> {
  return vi.waitFor(async () => {
    const crd = await client.get(crdKind, { name });
    if (!crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'))
      throw new Error(`${name} is not established: ${JSON.stringify(crd.status)}`);
    return crd;
  });
}

/** An object schema with these properties of `spec`. */
export const specOf = (
  properties: Record<string, JsonSchema>,
  rest: Partial<JsonSchema> = {},
): JsonSchema => ({
  type: 'object',
  properties: {
    spec: { type: 'object', properties, ...rest },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
});
