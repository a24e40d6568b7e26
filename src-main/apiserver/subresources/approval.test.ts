import { certificateSigningRequestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson } from '../../testing/https.ts';
import { everyKind } from '../every-kind.test-fixture.ts';

/** https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#approval-rejection-api-client */
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const kind = certificateSigningRequestKind;
const condition = { type: 'Approved', status: 'True', reason: 'Checked' };
const conditions = [condition];
const meant = { spec: { signerName: 'example.com/other' }, status: { conditions, certificate: 'YQ==' } };

test.each([
  ['merge', 'application/merge-patch+json', meant],
  ['strategic', 'application/strategic-merge-patch+json', meant],
  [
    'json',
    'application/json-patch+json',
    [
      { op: 'add', path: '/status/conditions', value: conditions },
      { op: 'replace', path: '/spec/signerName', value: 'example.com/other' },
    ],
  ],
  [
    'apply',
    'application/apply-patch+yaml',
    {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      status: { conditions },
    },
  ],
])('a %s patch approves, and changes nothing but the conditions', async (name, type, body) => {
  const example = (await everyKind()).find((one) => one.kind === kind);
  const request = { ...(example?.object as unknown as CertificateSigningRequest), metadata: { name } };
  const created = await cluster.client.create(kind, request);
  const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}/approval`;
  const query = name === 'apply' ? '?fieldManager=approver' : '';
  const patched = await callJson(cluster, { method: 'PATCH', path: `${path}${query}`, body, type });
  expect(patched.status, patched.text).toBe(200);
  const { spec, status } = await cluster.client.get(kind, { name });
  expect(spec).toEqual(created.spec);
  expect(status).toEqual({
    conditions: [
      { ...condition, lastUpdateTime: expect.any(String), lastTransitionTime: expect.any(String) },
    ],
  });
  const entries = patched.json.metadata.managedFields as { subresource?: string }[];
  expect(entries.filter(({ subresource }) => subresource === 'approval')).toHaveLength(1);
});
