import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { certificateSigningRequestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asNode, outcome } from '../apiserver/admission/node-restriction/nodes.test-fixture.ts';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

async function request(subject: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
  });
  return Buffer.from(made.toString('pem')).toString('base64');
}

const signers = {
  client: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['client auth'] },
  serving: { signerName: 'kubernetes.io/kubelet-serving', usages: ['server auth'] },
  other: { signerName: 'example.com/signer', usages: ['client auth'] },
};

async function ask(signer: keyof typeof signers, commonName: string): Promise<string> {
  const { signerName, usages } = signers[signer];
  return outcome(
    asNode(cluster, 'n1').create(certificateSigningRequestKind, {
      metadata: { name: `${signer}-${commonName.replaceAll(':', '-')}` },
      spec: {
        request: await request(`CN=${commonName}, O=system:nodes`),
        signerName,
        usages: ['digital signature', ...usages],
      },
    }),
  );
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
