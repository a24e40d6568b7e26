import type { AddressInfo } from 'node:net';
import { Client } from '@shared/client/client.ts';
import type { Transport } from '@shared/client/transport.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { type Clock, systemClock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Schemas } from '@shared/schema/schema.ts';
import type { Store } from '../store/store.ts';
import { createAdmissionModules } from './admission/modules.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { RbacIndex } from './auth/rbac/index.ts';
import { reconcileDefaultPolicy } from './auth/rbac/reconcile.ts';
import { createAuthorizer } from './auth/rules.ts';
import { createTokens } from './auth/tokens.ts';
import { type ApiEndpoint, bootstrap } from './bootstrap.ts';
import type { ServerContext } from './context.ts';
import { serve, serveUpgrade } from './core.ts';
import { createDocuments } from './discovery.ts';
import { createHealth, type HealthCheck } from './health.ts';
import { HttpFront, type ListenAddress, type TlsMaterial } from './http/front.ts';
import { KindTable } from './kind-table.ts';
import { createLocalTransport } from './local-transport.ts';
import { createMetrics } from './metrics.ts';
import type { UserInfo } from './request.ts';
import { type KubeletHandler, KubeletRegistry } from './streaming/kubelet-connector.ts';
import { createTlsKubelets, type KubeletClientTls } from './streaming/tls-kubelet.ts';
import { WatchHub } from './watch/hub.ts';

export interface ApiServerOptions {
  /** Opened with `stampResourceVersion` (objects.ts). The server does not close it. */
  readonly store: Store;
  readonly kinds: readonly AnyKind[];
  readonly schemas: Schemas;
  readonly tls: TlsMaterial;
  /** PEM (PKCS#8, EC P-256): signs service-account tokens. */
  readonly serviceAccountKey: string;
  /** How to call kubelets; without it only those registered in process can be reached. */
  readonly kubeletClient?: KubeletClientTls;
  /** ClusterIPs come from here; default 10.96.0.0/16. */
  readonly serviceCidr?: string;
  /** Further JSON documents, served to administrators; undefined for a path it does not know. */
  readonly document?: (path: string) => unknown;
  readonly clock?: Clock;
  log?(message: string, fields?: Record<string, unknown>): void;
}

/** An API server over one store. It serves from the moment it is made; `listen` opens it to the network. */
export interface ApiServer {
  /** Calls from within the process. `user` is taken at its word: no authentication. */
  localTransport(user: Pick<UserInfo, 'name' | 'groups'>): Transport;
  /** Opens HTTPS listeners; rejects when an address cannot be had, those before it stay open. */
  listen(addresses: readonly ListenAddress[]): Promise<readonly AddressInfo[]>;
  /** Creates what every cluster has: the system namespaces and the `kubernetes` Service. Idempotent. */
  bootstrap(endpoint: ApiEndpoint): Promise<void>;
  /** Makes a kubelet that lives in this process (a simulated node) reachable, until disposed. */
  registerLocalKubelet(nodeName: string, handler: KubeletHandler): Disposable;
  /** Ends every connection and watch. */
  close(): Promise<void>;
}

/** A user who may do everything, for the control plane's own parts. */
export const controlPlaneUser: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, schemas, clock = systemClock, log = () => {} } = options;
  const kinds = new KindTable(options.kinds);
  const hub = new WatchHub(store, kinds);
  const tokens = createTokens({ privateKey: options.serviceAccountKey, store, clock });
  const kubelets = new KubeletRegistry(
    options.kubeletClient && createTlsKubelets(options.kubeletClient, store),
  );
  const rbac = new RbacIndex(store);
  const authorizer = createAuthorizer(store, rbac);
  const server: ServerContext = {
    store,
    authorizer,
    rbac,
    hub,
    kinds,
    schemas,
    clock,
    log,
    admission: createAdmissionModules({ serviceCidr: options.serviceCidr ?? '10.96.0.0/16' }),
    kubelets,
    tokens,
  };
  const metrics = createMetrics({
    apiserver_watchers: () => hub.subscribers,
    apiserver_store_revision: () => store.revision,
  });
  let ready = false;
  const checks: HealthCheck[] = [
    { name: 'ping', failure: () => undefined },
    {
      name: 'poststarthook/bootstrap',
      failure: () => (ready ? undefined : 'the system namespaces are not there yet'),
    },
  ];
  const parts = {
    server,
    authorizer,
    documents: createDocuments(kinds, schemas, options.document),
    health: createHealth({ checks, clock, metrics: metrics.text }),
  };
  const front = new HttpFront({
    server,
    tls: options.tls,
    authenticator: createAuthenticator(tokens),
    serve: (request) => serve(parts, request),
    upgrade: (request, connection) => serveUpgrade(parts, request, connection),
    onRequest: metrics.requestDone,
  });
  const localTransport = (user: UserInfo) => createLocalTransport(user, (request) => serve(parts, request));

  return {
    localTransport,
    registerLocalKubelet: (nodeName, handler) => kubelets.register(nodeName, handler),
    async listen(addresses) {
      const bound: AddressInfo[] = [];
      for (const address of addresses) bound.push(await front.listen(address));
      return bound;
    },
    async bootstrap(endpoint) {
      await Promise.all([
        bootstrap(new Client(localTransport(controlPlaneUser)), endpoint),
        reconcileDefaultPolicy(store, clock),
      ]);
      ready = true;
    },
    async close() {
      await front.close();
      hub.dispose();
      authorizer.dispose();
      rbac.dispose();
    },
  };
}
