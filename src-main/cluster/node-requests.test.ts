import { afterEach, beforeEach, expect, test } from 'vitest';
import { asNode, outcome } from '../apiserver/admission/node-restriction/nodes.test-fixture.ts';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { makeRequest, sendRequest } from './certificate-requests.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const signers = {
  client: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['client auth'] },
  serving: { signerName: 'kubernetes.io/kubelet-serving', usages: ['server auth'] },
  other: { signerName: 'example.com/signer', usages: ['client auth'] },
};

async function ask(signer: keyof typeof signers, commonName: string): Promise<string> {
  const { signerName, usages } = signers[signer];
  const made = await makeRequest(`CN=${commonName}, O=system:nodes`);
  const name = `${signer}-${commonName.replaceAll(':', '-')}`;
  const spec = { signerName, usages: ['digital signature', ...usages] };
  return outcome(sendRequest(asNode(cluster, 'n1'), name, made, spec));
}

test('a node asks kubelet signers for certificates in its own name only', async () => {
  const refusal = 'can only create a node CSR with CN=system:node:n1';
  expect(await ask('client', 'system:node:n2')).toContain(refusal);
  expect(await ask('serving', 'system:node:n2')).toContain(refusal);
  expect(await ask('serving', 'jane')).toContain(refusal);
  expect(await ask('client', 'system:node:n1')).toBe('allowed');
  expect(await ask('serving', 'system:node:n1')).toBe('allowed');
});

test('what a node asks other signers for is their business', async () => {
  expect(await ask('other', 'jane')).toBe('allowed');
});
