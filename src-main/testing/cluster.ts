import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@shared/client/client.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { AuthenticationConfig, PodSecurityConfig } from '@shared/rpc/cluster-config.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import type { AuthorizerSettings } from '../apiserver/auth/rules.ts';
import { stampResourceVersion } from '../apiserver/objects.ts';
import { type ApiServer, controlPlaneUser, createApiServer } from '../apiserver/server.ts';
import { auditPolicyFile, readAuditSettings } from '../cluster/audit-config.ts';
import { authenticationFile, readAuthenticationSettings } from '../cluster/authentication-config.ts';
import { createCertificateTools } from '../cluster/certificate-requests.ts';
import { kubeconfigYaml } from '../cluster/kubeconfig.ts';
import { type ClusterPki, ensureClusterPki, frontProxyName, frontProxyOf } from '../cluster/pki.ts';
import { openFileStore } from '../store/file-store.ts';
import type { Store } from '../store/store.ts';

export interface TestClusterOptions {
  /** Time for objects and timers; default: the system's. */
  readonly clock?: Clock;
  /** Serve HTTPS on a free port of 127.0.0.1 (default true). Without it `url` and `kubeconfig` are ''. */
  readonly https?: boolean;
  /** Kinds to serve beside the built-in ones. */
  readonly kinds?: readonly AnyKind[];
  /** A store to serve instead of a new one; it stays open. */
  readonly store?: Store;
  /** Further identity services. */
  readonly authentication?: AuthenticationConfig;
  /** An AuthenticationConfiguration, as in the file. */
  readonly authenticationConfig?: string;
  /** Who decides, in order; default: the Node authorizer and RBAC. */
  readonly authorization?: readonly AuthorizerSettings[] | undefined;
  readonly podSecurity?: PodSecurityConfig;
  /** Audit policy, as in the file; the log is `audit/audit.log` in the cluster's folder. */
  readonly auditPolicy?: string;
  log?(message: string, fields?: Record<string, unknown>): void;
}

/** A real API server over a real store in a temporary folder, without controllers, scheduler or nodes. */
export interface TestCluster {
  /** In process, with all rights. */
  readonly client: Client;
  readonly server: ApiServer;
  readonly store: Store;
  readonly pki: ClusterPki;
  /** Laid out like a cluster's folder: `pki/`, `store/`, `kubeconfig`. */
  readonly dir: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** File for `kubectl --kubeconfig`, cluster administrator. */
  readonly kubeconfig: string;
  /** Ends the server and removes the folder. Call it after each test. */
  close(): Promise<void>;
}

let sharedPki: Promise<ReadonlyMap<string, Uint8Array>> | undefined;

/** Keys are made once per process, since they cost more than all the rest, and kept in memory: name to content. */
async function makePkiFiles(dir: string): Promise<ReadonlyMap<string, Uint8Array>> {
  await ensureClusterPki(dir, pkiOptions);
  const names = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(names.map(async ({ name }) => [name, await readFile(join(dir, name))] as const)),
  );
}

async function writePki(dir: string): Promise<ClusterPki> {
  await mkdir(dir);
  sharedPki ??= makePkiFiles(dir);
  for (const [name, content] of await sharedPki) await writeFile(join(dir, name), content, { mode: 0o600 });
  return ensureClusterPki(dir, pkiOptions);
}

const pkiOptions = { names: [], clusterDomain: 'cluster.local' };

/** Starts a test cluster; ready when it resolves. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { clock, https = true, log } = options;
  const dir = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  const pki = await writePki(join(dir, 'pki'));
  if (options.authenticationConfig)
    await writeFile(join(dir, authenticationFile), options.authenticationConfig);
  if (options.auditPolicy) await writeFile(join(dir, auditPolicyFile), options.auditPolicy);
  const store =
    options.store ??
    (await openFileStore(join(dir, 'store'), { stamp: stampResourceVersion, ...(log && { log }) }));
  const server = createApiServer({
    store,
    kinds: [...kinds, ...(options.kinds ?? [])],
    schemas: builtinSchemas,
    tls: {
      certificate: pki.apiServer.cert,
      key: pki.apiServer.key,
      clientCa: `${pki.ca.cert}\n${pki.frontProxy.ca}`,
    },
    kubeletClient: { certificate: pki.kubeletClient.cert, key: pki.kubeletClient.key, ca: pki.ca.cert },
    frontProxy: frontProxyOf(pki),
    serviceAccountKey: pki.serviceAccountKey,
    certificates: createCertificateTools(pki.ca),
    authentication: await readAuthenticationSettings(dir, options.authentication),
    authorization: options.authorization,
    podSecurity: options.podSecurity,
    audit: await readAuditSettings(dir),
    requestHeader: { ca: pki.frontProxy.ca, clientCa: pki.ca.cert, allowedNames: [frontProxyName] },
    ...(clock && { clock }),
    ...(log && { log }),
  });
  const [address] = https ? await server.listen([{ host: '127.0.0.1', port: 0 }]) : [];
  await server.bootstrap({ address: '192.0.2.1', port: address?.port ?? 6443, clusterIp: '10.96.0.1' });
  const url = address ? `https://127.0.0.1:${address.port}` : '';
  const kubeconfig = address ? join(dir, 'kubeconfig') : '';
  if (address) {
    const facts = {
      clusterName: 'test',
      server: url,
      ca: pki.ca.cert,
      clientCert: pki.admin.cert,
      clientKey: pki.admin.key,
    };
    await writeFile(kubeconfig, kubeconfigYaml(facts), { mode: 0o600 });
  }
  return {
    client: new Client(server.localTransport(controlPlaneUser)),
    server,
    store,
    pki,
    dir,
    url,
    kubeconfig,
    async close() {
      await server.close();
      if (!options.store) await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
