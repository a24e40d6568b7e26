import { generateKeyPairSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readIfThere } from '../platform/read-if-there.ts';
import { readCertificate } from './certificate-facts.ts';
import type { CertifiedKey, LeafRequest } from './certificates.ts';

const authorityDays = 3650;
const leafDays = 365;
const renewBeforeMs = 30 * 24 * 60 * 60 * 1000;

/** Everything a control plane needs of its `pki` folder, PEM. */
export interface ClusterPki {
  /** The cluster's certificate authority. */
  readonly ca: CertifiedKey;
  /** Serves the API. */
  readonly apiServer: CertifiedKey;
  /** Cluster administrator (`system:masters`), for the kubeconfig and the app. */
  readonly admin: CertifiedKey;
  /** With which the API server calls kubelets. */
  readonly kubeletClient: CertifiedKey;
  /** Authority of the front proxies that speak for users, and the API server's own certificate as one of them. */
  readonly frontProxy: { readonly ca: string; readonly client: CertifiedKey };
  /** Signs service-account tokens. */
  readonly serviceAccountKey: string;
}

/** Common name of the API server as a front proxy. */
export const frontProxyName = 'front-proxy-client';

export interface PkiOptions {
  /** Names and addresses under which the API server is called, beside the usual ones. */
  readonly names: readonly string[];
  readonly clusterDomain: string;
}

/** How the API server shows itself to the API servers that extend it. */
export function frontProxyOf({ frontProxy: { ca, client } }: ClusterPki) {
  return { ca, name: frontProxyName, client: { certificate: client.cert, key: client.key } };
}

/**
 * Reads the cluster's keys and certificates, makes what is missing, and renews what ends within 30 days or no
 * longer fits (another name, another authority). The authority itself is never replaced: an AppError
 * `StateCorrupt` says when it is damaged, since everybody trusts it.
 */
export async function ensureClusterPki(dir: string, options: PkiOptions): Promise<ClusterPki> {
  const [ca, proxyCa] = await Promise.all([ensureAuthority(dir), ensureAuthority(dir, 'front-proxy-ca')]);
  const { clusterDomain } = options;
  const services = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  const names = [
    ...new Set(['localhost', '127.0.0.1', '::1', 'host.docker.internal', ...services, ...options.names]),
  ];
  const [apiServer, admin, kubeletClient, frontProxyClient, serviceAccountKey] = await Promise.all([
    ensureLeaf(
      { dir, name: 'apiserver', ca },
      { commonName: 'kube-apiserver', usages: ['server'], ...alternatives(names), validDays: leafDays },
    ),
    ensureLeaf(
      { dir, name: 'admin', ca },
      {
        commonName: 'kubernetes-admin',
        organizations: ['system:masters'],
        usages: ['client'],
        validDays: leafDays,
      },
    ),
    ensureLeaf(
      { dir, name: 'kubelet-client', ca },
      {
        commonName: 'kube-apiserver-kubelet-client',
        organizations: ['system:masters'],
        usages: ['client'],
        validDays: leafDays,
      },
    ),
    ensureLeaf(
      { dir, name: 'front-proxy-client', ca: proxyCa },
      { commonName: frontProxyName, usages: ['client'], validDays: leafDays },
    ),
    ensureServiceAccountKey(dir),
  ]);
  const frontProxy = { ca: proxyCa.cert, client: frontProxyClient };
  return { ca, apiServer, admin, kubeletClient, frontProxy, serviceAccountKey };
}

/**
 * A new certificate for a node: serving and client in one, user `system:node:<name>` of group `system:nodes`.
 * Creates the authority when the cluster has none yet.
 */
export async function issueNodeCertificate(
  dir: string,
  node: { readonly nodeName: string; readonly ips: readonly string[] },
): Promise<CertifiedKey & { readonly ca: string }> {
  const ca = await ensureAuthority(dir);
  const { issueCertificate } = await issuing();
  const issued = await issueCertificate(ca, {
    commonName: `system:node:${node.nodeName}`,
    organizations: ['system:nodes'],
    dnsNames: [node.nodeName, 'localhost'],
    ips: node.ips,
    usages: ['server', 'client'],
    validDays: authorityDays,
  });
  return { ...issued, ca: ca.cert };
}

async function ensureAuthority(dir: string, name: 'ca' | 'front-proxy-ca' = 'ca'): Promise<CertifiedKey> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const [cert, key] = await Promise.all([
    readIfThere(join(dir, `${name}.crt`)),
    readIfThere(join(dir, `${name}.key`)),
  ]);
  if (cert === undefined || key === undefined) {
    if (cert !== undefined || key !== undefined)
      throw damagedAuthority(dir, name, `one of ${name}.crt and ${name}.key is missing`);
    const { createAuthority } = await issuing();
    const made = await createAuthority(`slipway-${name}`, authorityDays);
    await save(dir, name, made);
    return made;
  }
  if (!readCertificate(cert)) throw damagedAuthority(dir, name, `${name}.crt is not a certificate`);
  return { cert, key };
}

function damagedAuthority(dir: string, name: string, why: string): AppError {
  return new AppError({
    code: 'StateCorrupt',
    message: `The certificate authority in ${dir} is damaged: ${why}.`,
    remedy: `Restore ${name}.crt and ${name}.key from a backup, or delete the cluster and create it again.`,
  });
}

async function ensureLeaf(
  place: { dir: string; name: string; ca: CertifiedKey },
  request: LeafRequest,
): Promise<CertifiedKey> {
  const { dir, name, ca } = place;
  const [cert, key] = await Promise.all([
    readIfThere(join(dir, `${name}.crt`)),
    readIfThere(join(dir, `${name}.key`)),
  ]);
  if (cert !== undefined && key !== undefined && stillGood(cert, ca, request)) return { cert, key };
  const { issueCertificate } = await issuing();
  const made = await issueCertificate(ca, request);
  await save(dir, name, made);
  return made;
}

function stillGood(cert: string, ca: CertifiedKey, { dnsNames = [], ips = [] }: LeafRequest): boolean {
  const facts = readCertificate(cert);
  if (!facts || facts.expiresAtMs - Date.now() < renewBeforeMs) return false;
  return facts.covers([...dnsNames, ...ips]) && facts.signedBy(ca.cert);
}

/** The X.509 library takes a fifth of a second to load: only when something is issued. */
function issuing() {
  return import('./certificates.ts');
}

async function ensureServiceAccountKey(dir: string): Promise<string> {
  const file = join(dir, 'service-account.key');
  const present = await readIfThere(file);
  if (present !== undefined) return present;
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFileAtomic(join(dir, 'service-account.pub'), publicKey, 0o644);
  await writeFileAtomic(file, privateKey);
  return privateKey;
}

async function save(dir: string, name: string, { cert, key }: CertifiedKey): Promise<void> {
  await writeFileAtomic(join(dir, `${name}.key`), key);
  await writeFileAtomic(join(dir, `${name}.crt`), cert, 0o644);
}

function alternatives(names: readonly string[]): { dnsNames: string[]; ips: string[] } {
  return {
    dnsNames: names.filter((name) => isIP(name) === 0),
    ips: names.filter((name) => isIP(name) !== 0),
  };
}
