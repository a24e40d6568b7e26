import { collectionPath } from '@shared/client/client.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { certificateSigningRequestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { nameOf } from '@shared/kinds/examples.test-fixture.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { creatableKinds, everyKind, patience } from '../every-kind.test-fixture.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeMessage, envelope } from './encode.ts';

/** What Go clients send and ask for by default, for bodies that are not the kind of the resource itself. */
let cluster: TestCluster;
const protobuf = 'application/vnd.kubernetes.protobuf';
const core = '/api/v1/namespaces/default';

beforeAll(async () => {
  cluster = await startTestCluster();
  for (const { kind, object } of await everyKind()) await cluster.client.create(kind, object);
}, patience);

afterAll(() => cluster.close());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject & { readonly apiVersion: string; readonly kind: string };
  /** `core.v1.Binding` */
  readonly message: string;
}

async function send({ method, path, body, message }: Sent) {
  const headers = { accept: protobuf, 'content-type': protobuf };
  const { apiVersion, kind, ...object } = body;
  const bytes = envelope({ apiVersion, kind }, encodeMessage(message, object));
  const answer = await callHttps(cluster, { method, path, headers, body: bytes });
  expect(answer.headers['content-type']).toBe(protobuf);
  return { status: answer.status, object: decodeProtobuf(answer.bytes) };
}

describe('a protobuf body', () => {
  it('scales', async () => {
    const metadata = { name: 'a', namespace: 'default' };
    const { status, object } = await send({
      method: 'PUT',
      path: '/apis/apps/v1/namespaces/default/deployments/a/scale',
      message: 'autoscaling.v1.Scale',
      body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: 5 } },
    });
    expect([status, object.kind, object.spec]).toEqual([200, 'Scale', { replicas: 5 }]);
    expect((await cluster.client.get(deploymentKind, metadata)).spec?.replicas).toBe(5);
  });

  it('binds', async () => {
    const metadata = { name: 'bound', namespace: 'default' };
    await cluster.client.create(podKind, { metadata, spec: { containers: [{ name: 'a', image: 'a' }] } });
    const { status, object } = await send({
      method: 'POST',
      path: `${core}/pods/bound/binding`,
      message: 'core.v1.Binding',
      body: { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: 'a' } },
    });
    expect([status, object.kind, object.status]).toEqual([201, 'Status', 'Success']);
    expect((await cluster.client.get(podKind, metadata)).spec?.nodeName).toBe('a');
  });

  it('asks for a token', async () => {
    const { status, object } = await send({
      method: 'POST',
      path: `${core}/serviceaccounts/a/token`,
      message: 'authentication.v1.TokenRequest',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['them'], expirationSeconds: 600 },
      },
    });
    expect([status, object.kind, object.status]).toMatchObject([
      201,
      'TokenRequest',
      { token: expect.stringMatching(/^ey/) },
    ]);
    expect(
      (await cluster.client.get(serviceAccountKind, { name: 'a', namespace: 'default' })).metadata?.name,
    ).toBe('a');
  });

  it('approves', async () => {
    const stored = await cluster.client.get(certificateSigningRequestKind, { name: 'a' });
    const conditions = [{ type: 'Approved', status: 'True', reason: 'R', message: 'm' }];
    const { status, object } = await send({
      method: 'PUT',
      path: '/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval',
      message: 'certificates.v1.CertificateSigningRequest',
      body: {
        ...(stored as unknown as JsonObject),
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        status: { conditions },
      },
    });
    expect([status, object.status]).toMatchObject([200, { conditions }]);
  });

  it('writes a status', async () => {
    const stored = await cluster.client.get(podKind, { name: 'a', namespace: 'default' });
    const { status, object } = await send({
      method: 'PUT',
      path: `${core}/pods/a/status`,
      message: 'core.v1.Pod',
      body: {
        ...(stored as unknown as JsonObject),
        apiVersion: 'v1',
        kind: 'Pod',
        status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] },
      },
    });
    expect([status, object.status]).toMatchObject([200, { phase: 'Running', podIP: '10.0.0.1' }]);
  });

  it('evicts', async () => {
    const metadata = { name: 'a', namespace: 'default' };
    const { status, object } = await send({
      method: 'POST',
      path: `${core}/pods/a/eviction`,
      message: 'policy.v1.Eviction',
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata,
        deleteOptions: { gracePeriodSeconds: 0 },
      },
    });
    expect([status, object.status]).toEqual([201, 'Success']);
    expect((await callHttps(cluster, { path: `${core}/pods/a` })).status).toBe(404);
  });
});

describe('a table is not to be had in protobuf', () => {
  const table = `${protobuf};as=Table;v=v1;g=meta.k8s.io`;
  it.each(creatableKinds.map((kind) => [nameOf(kind), kind] as const))('%s', async (_name, kind) => {
    const path = collectionPath(kind, kind.namespaced ? 'default' : undefined);
    const refused = await callHttps(cluster, { path, headers: { accept: table } });
    expect([refused.status, refused.json.reason]).toEqual([406, 'NotAcceptable']);
  });
});
