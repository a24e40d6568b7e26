import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import {
  established,
  specOf,
  type Widget,
  widgetCrd,
  widgets,
  widgetVersion,
} from './widgets.test-fixture.ts';

let cluster: TestCluster;
let webhook: ReturnType<typeof createServer>;
let asked: { readonly desiredAPIVersion: string; readonly objects: readonly JsonObject[] }[];
let answer: (objects: readonly JsonObject[], apiVersion: string) => JsonObject;

/** v1 says `size`, v2 says `width` and `height`. */
function convert(object: JsonObject, apiVersion: string): JsonObject {
  const { size, width } = (object.spec ?? {}) as { size?: string; width?: string };
  const spec = apiVersion.endsWith('v2') ? { width: size ?? '' } : { size: width ?? '' };
  return { ...object, apiVersion, spec };
}

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  asked = [];
  answer = (objects, apiVersion) => ({
    result: { status: 'Success' },
    convertedObjects: objects.map((object) => convert(object, apiVersion)),
  });
  webhook = createServer(
    { cert: cluster.pki.apiServer.cert, key: cluster.pki.apiServer.key },
    (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const review = JSON.parse(body);
        asked.push(review.request);
        const { uid, objects, desiredAPIVersion } = review.request;
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            ...review,
            request: undefined,
            response: { uid, ...answer(objects, desiredAPIVersion) },
          }),
        );
      });
    },
  );
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await cluster.close();
  webhook.closeAllConnections();
  await new Promise((resolve) => webhook.close(resolve));
});

function crd(): CustomResourceDefinition {
  const { port } = webhook.address() as AddressInfo;
  const v1 = widgetVersion(specOf({ size: { type: 'string' } }), { storage: false });
  const v2 = widgetVersion(specOf({ width: { type: 'string' }, height: { type: 'string', default: '1' } }), {
    name: 'v2',
  });
  return widgetCrd([v1, v2], {
    conversion: {
      strategy: 'Webhook',
      webhook: {
        conversionReviewVersions: ['v1'],
        clientConfig: {
          url: `https://localhost:${port}/convert`,
          caBundle: Buffer.from(cluster.pki.ca.cert).toString('base64'),
        },
      },
    },
  });
}

const ref = { name: 'a', namespace: 'default' };

it('objects are converted by the webhook: on their way in, out, in lists and watches', async () => {
  const { client, store } = cluster;
  await client.create(crdKind, crd());
  await established(client, 'widgets.example.com');
  const seen: unknown[] = [];
  const abort = new AbortController();
  const watching = client.transport
    .watch({ method: 'GET', path: '/apis/example.com/v1/widgets', signal: abort.signal }, (events) =>
      seen.push(
        ...events.map(({ type, object }) => [type, (object as Widget).apiVersion, (object as Widget).spec]),
      ),
    )
    .catch(() => undefined);
  await client.create(widgets('v1'), { metadata: ref, spec: { size: '7' } } as Widget);
  const [stored] = (await store.range('/registry/example.com/widgets/')).entries;
  expect(stored?.value).toMatchObject({ apiVersion: 'example.com/v2', spec: { width: '7' } });
  expect(await client.get(widgets('v2'), ref)).toMatchObject({ spec: { width: '7', height: '1' } });
  expect(await client.get(widgets('v1'), ref)).toMatchObject({
    apiVersion: 'example.com/v1',
    spec: { size: '7' },
  });
  await client.create(widgets('v2'), { metadata: { ...ref, name: 'b' }, spec: { width: '8' } } as Widget);
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  asked.length = 0;
  const list = await client.list(widgets('v1'));
  expect(list.items.map((item) => (item as Widget).spec)).toEqual([{ size: '7' }, { size: '8' }]);
  expect(asked.map(({ objects }) => objects.length)).toEqual([2]);
  abort.abort();
  await watching;
  expect(seen).toEqual([
    ['ADDED', 'example.com/v1', { size: '7' }],
    ['ADDED', 'example.com/v1', { size: '8' }],
  ]);
});

it('a webhook that fails or changes what it may not is told of', async () => {
  const { client } = cluster;
  await client.create(crdKind, crd());
  await established(client, 'widgets.example.com');
  await client.create(widgets('v2'), { metadata: ref, spec: { width: '8' } } as Widget);
  const problem = () =>
    client.get(widgets('v1'), ref).then(
      () => '',
      (error: Error) => error.message,
    );
  answer = () => ({ result: { status: 'Failure', message: 'I would rather not' } });
  expect(await problem()).toBe(
    'conversion webhook for example.com/v2, Kind=Widget failed: I would rather not',
  );
  answer = (objects, apiVersion) => ({
    result: { status: 'Success' },
    convertedObjects: objects.map((object) => ({
      ...convert(object, apiVersion),
      metadata: { ...(object.metadata as JsonObject), name: 'other' },
    })),
  });
  expect(await problem()).toContain('invalid metadata.name');
  webhook.closeAllConnections();
  await new Promise((resolve) => webhook.close(resolve));
  expect(await problem()).toMatch(
    /conversion webhook for example.com\/v2, Kind=Widget failed: Post "https:\/\/localhost/,
  );
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
});
