import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@shared/client/client.ts';
import { runControllers } from '@shared/controller/run-controllers.ts';
import { kinds } from '@shared/kinds/index.ts';
import { AppError } from '@shared/lib/app-error.ts';
import { systemClock } from '@shared/lib/clock.ts';
import type { ClusterConfig, ControlPlaneState } from '@shared/rpc/cluster-config.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import type { AuditSettings } from '../apiserver/audit/audit.ts';
import type { AuthorizerSettings } from '../apiserver/auth/rules.ts';
import { stampResourceVersion } from '../apiserver/objects.ts';
import { type ApiServer, type AuthenticationSettings, createApiServer } from '../apiserver/server.ts';
import { createControllers } from '../controllers/index.ts';
import { hollowApiServerIp } from '../node/hollow/addresses.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { processStart } from '../platform/process-start.ts';
import { Explanations } from '../scheduler/explanation.ts';
import { runScheduler } from '../scheduler/scheduler.ts';
import { openFileStore } from '../store/file-store.ts';
import type { Sealer } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { readAuditSettings } from './audit-config.ts';
import { readAuthenticationSettings } from './authentication-config.ts';
import { readAuthorizationSettings } from './authorization-config.ts';
import { createCertificateTools } from './certificate-requests.ts';
import { encryptionFile, readClusterConfig } from './config-file.ts';
import { keepListening } from './gateway-listener.ts';
import { runHollowLoop } from './hollow-loop.ts';
import { kubeconfigYaml } from './kubeconfig.ts';
import { type Loop, runLoops } from './loops.ts';
import { type ClusterPki, ensureClusterPki, frontProxyName, frontProxyOf } from './pki.ts';

export interface ControlPlaneOptions {
  /** `<data-dir>/clusters/<name>`, with a cluster.json in it. */
  readonly clusterDir: string;
  log(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Composition root of one cluster's control plane: store, API server, controllers, scheduler and simulated
 * nodes. Serves until `signal` aborts, then stops in reverse order and resolves. Rejects with an AppError that
 * says what to do when it cannot start; what it had begun is undone then.
 */
export async function runControlPlane(options: ControlPlaneOptions, signal: AbortSignal): Promise<void> {
  const { clusterDir, log } = options;
  const config = await readClusterConfig(clusterDir);
  const { network } = config;
  const pki = await ensureClusterPki(join(clusterDir, 'pki'), {
    names: [...(network.gateway ? [network.gateway] : []), addressIn(network.serviceCidr, 1)],
    clusterDomain: network.clusterDomain,
  });
  const audit = await readAuditSettings(clusterDir, config.audit);
  const authentication = await readAuthenticationSettings(clusterDir, config.authentication);
  const authorization = await readAuthorizationSettings(clusterDir);
  const sealer = await readSealer(join(clusterDir, encryptionFile));
  const store = await openFileStore(join(clusterDir, 'store'), {
    stamp: stampResourceVersion,
    ...(sealer && { sealer }),
    log,
    clusterName: config.name,
  });
  try {
    const explanations = new Explanations();
    const server = await startServer({
      config,
      pki,
      store,
      audit,
      authentication,
      authorization,
      explanations,
      log,
    });
    try {
      await announce(clusterDir, config, pki);
      log('serving', { cluster: config.name, port: config.apiPort, revision: store.revision });
      await serveUntil(signal, { clusterDir, config, pki, server, explanations, log });
    } finally {
      await rm(stateFile(clusterDir), { force: true });
      await server.close();
    }
  } finally {
    await store.close();
  }
  log('stopped', { cluster: config.name });
}

/** Few clusters encrypt at rest: the others start without the parser of that file. */
async function readSealer(path: string): Promise<Sealer | undefined> {
  if (!existsSync(path)) return undefined;
  const { readEncryptionConfig } = await import('./encryption-config.ts');
  return readEncryptionConfig(path);
}

interface ServerParts {
  readonly config: ClusterConfig;
  readonly pki: ClusterPki;
  readonly store: Store;
  readonly audit: AuditSettings | undefined;
  readonly authentication: AuthenticationSettings;
  readonly authorization: readonly AuthorizerSettings[] | undefined;
  readonly explanations: Explanations;
  log(message: string, fields?: Record<string, unknown>): void;
}

async function startServer({
  config,
  pki,
  store,
  audit,
  authentication,
  authorization,
  explanations,
  log,
}: ServerParts): Promise<ApiServer> {
  const { network, apiPort } = config;
  const server = createApiServer({
    store,
    kinds,
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
    authentication,
    authorization,
    podSecurity: config.podSecurity,
    audit,
    requestHeader: { ca: pki.frontProxy.ca, clientCa: pki.ca.cert, allowedNames: [frontProxyName] },
    serviceCidr: network.serviceCidr,
    document: (path) => explanationAt(explanations, path),
    log,
  });
  try {
    await server.bootstrap({
      address: network.gateway ?? hollowApiServerIp,
      port: apiPort,
      clusterIp: addressIn(network.serviceCidr, 1),
      ...(network.gateway !== null && { dnsIp: addressIn(network.serviceCidr, 10) }),
    });
    await server.listen([{ host: '127.0.0.1', port: apiPort }]);
    return server;
  } catch (error) {
    await server.close();
    throw listenError(error, apiPort);
  }
}

function listenError(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  return new AppError(
    {
      code: 'PortTaken',
      message: `Port ${port} on 127.0.0.1 is taken by another program.`,
      remedy: 'End that program, then start the cluster again.',
    },
    { cause: error },
  );
}

/** Files by which the host and people find the running control plane. */
async function announce(clusterDir: string, config: ClusterConfig, pki: ClusterPki): Promise<void> {
  const kubeconfig = kubeconfigYaml({
    clusterName: config.name,
    server: `https://127.0.0.1:${config.apiPort}`,
    ca: pki.ca.cert,
    clientCert: pki.admin.cert,
    clientKey: pki.admin.key,
  });
  await writeFileAtomic(join(clusterDir, 'kubeconfig'), kubeconfig);
  const state: ControlPlaneState = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    startedAt: new Date().toISOString(),
    port: config.apiPort,
  };
  await writeFileAtomic(stateFile(clusterDir), `${JSON.stringify(state)}\n`);
}

interface RunningParts extends Omit<ServerParts, 'store' | 'audit' | 'authentication' | 'authorization'> {
  readonly clusterDir: string;
  readonly server: ApiServer;
}

/** Runs everything that works on the API until the signal aborts; a loop that fails ends the control plane. */
async function serveUntil(signal: AbortSignal, parts: RunningParts): Promise<void> {
  const { clusterDir, config, pki, server, explanations, log } = parts;
  const { gateway } = config.network;
  const clock = systemClock;
  const loops: Loop[] = [];
  if (gateway !== null && process.platform === 'linux') {
    const address = { host: gateway, port: config.apiPort };
    loops.push({
      name: 'gateway listener',
      run: (ended) => keepListening({ server, address, clock, log }, ended),
    });
  }
  loops.push({
    name: 'controllers',
    run: (ended) => {
      const client = clientOf(server, 'system:kube-controller-manager');
      const controllers = createControllers({
        caCertificate: pki.ca.cert,
        certificates: createCertificateTools(pki.ca),
        issueSecretToken: server.issueSecretToken,
      });
      return runControllers({ client, clock, controllers, component: 'controller-manager', log }, ended);
    },
  });
  loops.push({
    name: 'scheduler',
    run: (ended) =>
      runScheduler({ client: clientOf(server, 'system:kube-scheduler'), clock, explanations, log }, ended),
  });
  const client = clientOf(server, 'system:hollow-nodes');
  const readConfig = () => readClusterConfig(clusterDir);
  loops.push({
    name: 'simulated nodes',
    run: (ended) => runHollowLoop({ config, clusterDir, client, server, clock, readConfig, log }, ended),
  });
  await runLoops({ loops, clock, log }, signal);
}

function clientOf(server: ApiServer, name: string): Client {
  return new Client(server.localTransport({ name, groups: ['system:masters', 'system:authenticated'] }));
}

const explanationPath = /^\/slipway\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/scheduling$/;

/** `kubectl get --raw /slipway/v1/namespaces/NS/pods/NAME/scheduling`: why the pod is where it is, or nowhere. */
function explanationAt(explanations: Explanations, path: string): unknown {
  const [, namespace, name] = explanationPath.exec(path) ?? [];
  return namespace === undefined || name === undefined ? undefined : explanations.get(namespace, name);
}

function stateFile(clusterDir: string): string {
  return join(clusterDir, 'control-plane.json');
}

/** The address `number` behind a network's own: 1 of `10.96.0.0/16` is `10.96.0.1`. */
function addressIn(cidr: string, number: number): string {
  const [network = ''] = cidr.split('/');
  const parts = network.split('.').map(Number);
  return [...parts.slice(0, 3), (parts[3] ?? 0) + number].join('.');
}
