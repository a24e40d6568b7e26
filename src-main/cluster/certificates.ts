import 'reflect-metadata';
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { CertificateRequestFacts } from '@shared/api/certificate-request.ts';

x509.cryptoProvider.set(webcrypto as Crypto);

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
const dayMs = 24 * 60 * 60 * 1000;
/** Certificates start a little in the past: clocks of containers and hosts differ. */
const backdateMs = 5 * 60 * 1000;

/** A certificate and its private key (PKCS#8), both PEM. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

export interface LeafRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** Serving certificates: DNS names and IP addresses. */
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly validDays: number;
}

/** A self-signed certificate authority. */
export async function createAuthority(commonName: string, validDays: number): Promise<CertifiedKey> {
  const keys = await newKeyPair();
  const name = [{ CN: [commonName] }];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    ...validity(validDays),
    signingAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(certificate), key: await exportKey(keys.privateKey) };
}

/** A certificate signed by `authority`, with a new key. */
export async function issueCertificate(authority: CertifiedKey, request: LeafRequest): Promise<CertifiedKey> {
  const keys = await newKeyPair();
  const issuer = new x509.X509Certificate(authority.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...(request.organizations ?? []).map((name) => ({ O: [name] })), { CN: [request.commonName] }],
    issuer: issuer.subjectName.toJSON(),
    ...validity(request.validDays),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        request.usages.map(
          (usage) => x509.ExtendedKeyUsage[usage === 'server' ? 'serverAuth' : 'clientAuth'],
        ),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...alternativeNames(request),
    ],
  });
  return { cert: pem(certificate), key: await exportKey(keys.privateKey) };
}

/** Reads a PKCS#10 request; undefined when it is none, or is not signed with its own key. */
export async function readRequest(requestPem: string): Promise<CertificateRequestFacts | undefined> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(requestPem);
    if (!(await request.verify())) return undefined;
  } catch {
    return undefined; // whatever the library stumbles over, it is no request
  }
  const subject = request.subjectName;
  const names = namesOf(request)?.names.toJSON() ?? [];
  const of = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: subject.getField('CN')[0] ?? '',
    organizations: subject.getField('O'),
    dnsNames: of('dns'),
    ips: of('ip'),
    emails: of('email'),
    uris: of('url'),
  };
}

function namesOf(request: x509.Pkcs10CertificateRequest): x509.SubjectAlternativeNameExtension | undefined {
  return request.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
}

const keyUsages: Readonly<Record<string, x509.KeyUsageFlags>> = {
  signing: x509.KeyUsageFlags.digitalSignature,
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'content commitment': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
  'key agreement': x509.KeyUsageFlags.keyAgreement,
  'data encipherment': x509.KeyUsageFlags.dataEncipherment,
  'cert sign': x509.KeyUsageFlags.keyCertSign,
  'crl sign': x509.KeyUsageFlags.cRLSign,
  'encipher only': x509.KeyUsageFlags.encipherOnly,
  'decipher only': x509.KeyUsageFlags.decipherOnly,
};
const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': x509.ExtendedKeyUsage.serverAuth,
  'client auth': x509.ExtendedKeyUsage.clientAuth,
  'code signing': x509.ExtendedKeyUsage.codeSigning,
  'email protection': x509.ExtendedKeyUsage.emailProtection,
  's/mime': x509.ExtendedKeyUsage.emailProtection,
  timestamping: x509.ExtendedKeyUsage.timeStamping,
  'ocsp signing': x509.ExtendedKeyUsage.ocspSigning,
};

/** A certificate for the key and names of a request; its own wishes for extensions count for names alone. */
export async function signRequest(
  authority: CertifiedKey,
  wanted: { readonly requestPem: string; readonly usages: readonly string[]; readonly validSeconds: number },
): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(wanted.requestPem);
  const issuer = new x509.X509Certificate(authority.cert);
  const now = Date.now();
  const names = namesOf(request);
  const flags = wanted.usages.reduce((all, usage) => all | (keyUsages[usage] ?? 0), 0);
  const extended = wanted.usages.flatMap((usage) => extendedUsages[usage] ?? []);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subjectName.toJSON(),
    issuer: issuer.subjectName.toJSON(),
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(Math.min(now + wanted.validSeconds * 1000, issuer.notAfter.getTime())),
    signingAlgorithm,
    publicKey: request.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
      ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names ? [names] : []),
    ],
  });
  return pem(certificate);
}

function alternativeNames({ dnsNames = [], ips = [] }: LeafRequest): x509.Extension[] {
  if (dnsNames.length + ips.length === 0) return [];
  return [
    new x509.SubjectAlternativeNameExtension([
      ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
      ...ips.map((value) => ({ type: 'ip' as const, value })),
    ]),
  ];
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(now + days * dayMs) };
}

/** RFC 5280: positive, at most 20 octets. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function newKeyPair(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const object: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return object.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function importKey(privateKey: string): Promise<CryptoKey> {
  const der = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' });
  return (await webcrypto.subtle.importKey('pkcs8', der, keyAlgorithm, false, ['sign'])) as CryptoKey;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
