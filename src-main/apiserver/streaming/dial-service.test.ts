import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { validatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/validating-webhook-configuration/kind.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { apiServiceKind } from '@shared/kinds/apiregistration/api-service/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createAuthority, issueCertificate } from '../../cluster/certificates.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import {
  define,
  specOf,
  type Widget,
  widgetCrd,
  widgets,
  widgetVersion,
} from '../crd/widgets.test-fixture.ts';

let cluster: TestCluster;
let backend: ReturnType<typeof createServer>;
let caBundle: string;
/** What the node was asked to connect to. */
const dialed: string[] = [];
const namespace = 'default';
const clientConfig = (path: string) => ({
  service: { namespace, name: 'extension', path, port: 443 },
  caBundle,
});

/** One server is the conversion webhook, the admission webhook and the aggregated API. */
async function answer(url: string, body: string): Promise<JsonObject> {
  const review = body === '' ? {} : JSON.parse(body);
  if (url.startsWith('/convert')) {
    const { uid, objects, desiredAPIVersion } = review.request;
    const convertedObjects = objects.map((object: JsonObject) => ({
      ...object,
      apiVersion: desiredAPIVersion,
      spec: { seen: `on the way to ${desiredAPIVersion}` },
    }));
    return {
      ...review,
      request: undefined,
      response: { uid, result: { status: 'Success' }, convertedObjects },
    };
  }
  if (url.startsWith('/admit'))
    return {
      kind: review.kind,
      apiVersion: review.apiVersion,
      response: { uid: review.request.uid, allowed: false, status: { message: 'not while I am here' } },
    };
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'far.example.com/v1', resources: [] };
}

beforeAll(async () => {
  cluster = await startTestCluster();
  const authority = await createAuthority('extension-ca', 1);
  caBundle = Buffer.from(authority.cert).toString('base64');
  const { cert, key } = await issueCertificate(authority, {
    commonName: 'extension',
    dnsNames: ['extension.default.svc'],
    usages: ['server'],
    validDays: 1,
  });
  backend = createServer({ cert, key }, (request, response) => {
    text(request)
      .then((body) => answer(request.url ?? '', body))
      .then((answered) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answered));
      })
      .catch((error: unknown) => response.destroy(error as Error));
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const { port } = backend.address() as AddressInfo;
  cluster.server.registerLocalKubelet('node-1', {
    logs: () => Promise.reject(new Error('no logs')),
    upgrade: () => Promise.reject(new Error('no upgrades')),
    async open({ path, query }) {
      dialed.push(`${path} ${query.get('address')}:${Number(query.get('port')) === port ? 'port' : '?'}`);
      const socket = connect(Number(query.get('port')), '127.0.0.1');
      await once(socket, 'connect');
      return { socket, head: Buffer.alloc(0), headers: {} };
    },
  });
  const { client } = cluster;
  await client.create(nodeKind, { metadata: { name: 'node-1' } });
  for (const name of ['extension', 'lonely'])
    await client.create(serviceKind, { metadata: { name, namespace }, spec: { ports: [{ port: 443 }] } });
  await client.create(endpointSliceKind, {
    metadata: { name: 'extension-1', namespace, labels: { 'kubernetes.io/service-name': 'extension' } },
    addressType: 'IPv4',
    ports: [{ name: '', port }],
    endpoints: [{ addresses: ['10.244.0.7'], nodeName: 'node-1', conditions: { ready: true } }],
  });
});

beforeEach(() => void dialed.splice(0));

afterAll(async () => {
  await cluster.close();
  backend.closeAllConnections();
  await new Promise((resolve) => backend.close(resolve));
});

const conversion = (name: string) => ({
  strategy: 'Webhook' as const,
  webhook: {
    conversionReviewVersions: ['v1'],
    clientConfig: { ...clientConfig('/convert'), service: { ...clientConfig('/convert').service, name } },
  },
});

test('a conversion webhook is reached as a Service, through the node its endpoint lives on', async () => {
  const { client } = cluster;
  const versions = [
    widgetVersion(specOf({ seen: { type: 'string' } })),
    widgetVersion(specOf({ seen: { type: 'string' } }), { name: 'v2', storage: false }),
  ];
  await define(client, widgetCrd(versions, { conversion: conversion('extension') }));
  await client.create(widgets('v1'), { metadata: { name: 'a', namespace }, spec: { seen: 'no' } } as Widget);
  const { spec } = (await client.get(widgets('v2'), { namespace, name: 'a' })) as Widget;
  expect([spec, dialed]).toEqual([{ seen: 'on the way to example.com/v2' }, ['/tunnel 10.244.0.7:port']]);
  const patch = { type: 'merge', body: { spec: { conversion: conversion('lonely') } } } as const;
  await client.patch(crdKind, { name: 'widgets.example.com' }, patch);
  await vi.waitFor(() =>
    expect(client.get(widgets('v2'), { namespace, name: 'a' })).rejects.toThrow(
      'conversion webhook for example.com/v1, Kind=Widget failed: Post "https://lonely.default.svc:443/convert?timeout=30s": no endpoints available for service "lonely"',
    ),
  );
});

test('an admission webhook is reached as a Service', async () => {
  const { client } = cluster;
  await client.create(validatingWebhookConfigurationKind, {
    metadata: { name: 'extension' },
    webhooks: [
      {
        name: 'admit.example.com',
        clientConfig: clientConfig('/admit'),
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
      },
    ],
  });
  await expect(client.create(configMapKind, { metadata: { name: 'a', namespace } })).rejects.toThrow(
    'admission webhook "admit.example.com" denied the request: not while I am here',
  );
  expect(dialed).toEqual(['/tunnel 10.244.0.7:port']);
});

test('an aggregated API is reached as a Service', async () => {
  await cluster.client.create(apiServiceKind, {
    metadata: { name: 'v1.far.example.com' },
    spec: {
      group: 'far.example.com',
      version: 'v1',
      service: { namespace, name: 'extension', port: 443 },
      caBundle,
      groupPriorityMinimum: 1000,
      versionPriority: 15,
    },
  });
  await vi.waitFor(
    async () => {
      const { status, json } = await callHttps(cluster, { path: '/apis/far.example.com/v1' });
      expect([status, json.groupVersion]).toEqual([200, 'far.example.com/v1']);
    },
    { timeout: 4000 },
  );
  expect(new Set(dialed)).toEqual(new Set(['/tunnel 10.244.0.7:port']));
});
