import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Client } from '@shared/client/client.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';

/** A certificate request and its key, PEM. */
export interface MadeRequest {
  readonly pem: string;
  readonly key: string;
}

/** A request for a subject, `CN=jane, O=devs`, signed with a new key. */
export async function makeRequest(subject: string, extensions: x509.Extension[] = []): Promise<MadeRequest> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
    extensions,
  });
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { pem: request.toString('pem'), key: x509.PemConverter.encode(der, 'PRIVATE KEY') };
}

/** The extension that asks for other names: `{ type: 'dns', value: 'n1' }`. */
export function alternativeNames(...names: x509.JsonGeneralName[]): x509.Extension {
  return new x509.SubjectAlternativeNameExtension(names);
}

/** Sends a request with a spec that says for whom it is. */
export function sendRequest(client: Client, name: string, made: MadeRequest, spec: object) {
  const request = Buffer.from(made.pem).toString('base64');
  return client.create(requestKind, { metadata: { name }, spec: { request, ...spec } } as never);
}
