import { type AddressInfo, isIPv6 } from 'node:net';
import type { CertificateTools } from '@shared/api/certificate-request.ts';
import { Client } from '@shared/client/client.ts';
import type { Transport } from '@shared/client/transport.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { type Clock, systemClock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { PodSecurityConfig, TokenWebhookConfig } from '@shared/rpc/cluster-config.ts';
import type { Schemas } from '@shared/schema/schema.ts';
import type { Store } from '../store/store.ts';
import { AdmissionMetrics } from './admission/metrics.ts';
import { createAdmissionModules } from './admission/modules.ts';
import { PolicyStatus } from './admission/policies/policy-status.ts';
import { Aggregator } from './aggregation/aggregator.ts';
import { withAggregated } from './aggregation/merged-documents.ts';
import type { FrontProxyClient } from './aggregation/remote-service.ts';
import { type AuditSettings, openAudit } from './audit/audit.ts';
import { anyOf, createAuthenticator } from './auth/authenticator.ts';
import { createBootstrapTokens } from './auth/bootstrap-tokens.ts';
import type { AnonymousPolicy } from './auth/jwt/authentication-config.ts';
import type { JwtSettings } from './auth/jwt/jwt-settings.ts';
import { createJwtTokens } from './auth/jwt/jwt-tokens.ts';
import { withOpenId } from './auth/open-id.ts';
import { RbacIndex } from './auth/rbac/index.ts';
import { reconcileDefaultPolicy } from './auth/rbac/reconcile.ts';
import type { RequestHeaderOptions } from './auth/request-header.ts';
import { type AuthorizerSettings, createAuthorizer } from './auth/rules.ts';
import { createTokens, type ServiceAccountTokens } from './auth/tokens.ts';
import { createWebhookTokens } from './auth/webhook-tokens.ts';
import { type ApiEndpoint, type AuthenticationFacts, bootstrap } from './bootstrap.ts';
import type { ServerContext } from './context.ts';
import { serve, serveUpgrade } from './core.ts';
import { CustomResources } from './crd/custom-resources.ts';
import { definitionRules } from './crd/definition-rules.ts';
import { createDocuments } from './discovery.ts';
import { DynamicSchemas } from './dynamic-schemas.ts';
import { withDumps } from './flow-control/dump.ts';
import { FlowControl } from './flow-control/flow-control.ts';
import { basicChecks, createHealth, StartUp } from './health.ts';
import { HttpFront, type ListenAddress, type TlsMaterial } from './http/front.ts';
import { RequestMetrics } from './http/request-metrics.ts';
import { IdentityLease } from './identity-lease.ts';
import { KindTable } from './kind-table.ts';
import { createLocalTransport } from './local-transport.ts';
import { metricsText } from './metrics.ts';
import type { ApiServerRequest, UserInfo } from './request.ts';
import { type KubeletHandler, KubeletRegistry } from './streaming/kubelet-connector.ts';
import { createTlsKubelets, type KubeletClientTls } from './streaming/tls-kubelet.ts';
import { isProxyPath } from './subresources/proxy.ts';
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
  /** Reads certificate requests; absent: only their form is checked when they come in. */
  readonly certificates?: Pick<CertificateTools, 'read'>;
  /** Front proxies whose headers are believed; their CA has to be part of `tls.clientCa`. Absent: none. */
  readonly requestHeader?: RequestHeaderOptions;
  readonly authentication?: AuthenticationSettings | undefined;
  /** Who decides, in order; absent: the Node authorizer and RBAC. */
  readonly authorization?: readonly AuthorizerSettings[] | undefined;
  readonly podSecurity?: PodSecurityConfig | undefined;
  /** What is written to the audit log, and where. Absent: there is none, and it costs nothing. */
  readonly audit?: AuditSettings | undefined;
  /** How aggregated API servers know this one when it speaks for users. Absent: they cannot. */
  readonly frontProxy?: { readonly ca: string; readonly client: FrontProxyClient; readonly name: string };
  /** ClusterIPs come from here; default 10.96.0.0/16. */
  readonly serviceCidr?: string;
  /** Further JSON documents, served to administrators; undefined for a path it does not know. */
  readonly document?: (path: string) => unknown;
  readonly clock?: Clock;
  log?(message: string, fields?: Record<string, unknown>): void;
}

/** Who is let in beside client certificates and the cluster's own tokens. */
export interface AuthenticationSettings {
  readonly jwt: readonly JwtSettings[];
  readonly anonymous: AnonymousPolicy;
  readonly tokenWebhook?: TokenWebhookConfig;
}

/** An API server over one store. It serves from the moment it is made; `listen` opens it to the network. */
export interface ApiServer {
  /** Calls from within the process. `user` is taken at its word: no authentication. */
  localTransport(user: Pick<UserInfo, 'name' | 'groups' | 'extra'>): Transport;
  /** Opens HTTPS listeners; rejects when an address cannot be had, those before it stay open. */
  listen(addresses: readonly ListenAddress[]): Promise<readonly AddressInfo[]>;
  /** Creates what every cluster has: the system namespaces and the `kubernetes` Service. Idempotent. */
  bootstrap(endpoint: ApiEndpoint): Promise<void>;
  /** Makes a kubelet that lives in this process (a simulated node) reachable, until disposed. */
  registerLocalKubelet(nodeName: string, handler: KubeletHandler): Disposable;
  /** A token for a Secret of type `kubernetes.io/service-account-token`. */
  issueSecretToken: ServiceAccountTokens['issueLegacy'];
  /** Ends every connection and watch. */
  close(): Promise<void>;
}

/** A user who may do everything, for the control plane's own parts. */
export const controlPlaneUser: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, clock = systemClock, log = () => {} } = options;
  const schemas = new DynamicSchemas(options.schemas);
  const kinds = new KindTable(options.kinds);
  const hub = new WatchHub(store, kinds);
  const tokens = createTokens({ privateKey: options.serviceAccountKey, store, clock });
  const audience = tokens.defaultAudience;
  const { jwt = [], tokenWebhook } = options.authentication ?? {};
  const bearerTokens = anyOf([
    tokens,
    createBootstrapTokens(store, clock, audience),
    ...jwt.map((settings) => createJwtTokens({ settings, clock, audience, log })),
    ...(tokenWebhook ? [createWebhookTokens({ config: tokenWebhook, clock, audience, log })] : []),
  ]);
  const kubelets = new KubeletRegistry(
    options.kubeletClient && createTlsKubelets(options.kubeletClient, store),
  );
  const rbac = new RbacIndex(store);
  const authorizer = createAuthorizer({ store, rbac, clock, chain: options.authorization, log });
  const server: ServerContext = {
    store,
    ...(options.certificates && { certificates: options.certificates }),
    bearerTokens,
    authorizer,
    rbac,
    hub,
    kinds,
    schemas,
    clock,
    log,
    admission: [
      ...createAdmissionModules({
        serviceCidr: options.serviceCidr ?? '10.96.0.0/16',
        store,
        podSecurity: options.podSecurity,
      }),
      definitionRules,
    ],
    admissionMetrics: new AdmissionMetrics(),
    kubelets,
    tokens,
  };
  const customResources = new CustomResources(server, schemas);
  const policyStatus = new PolicyStatus(server);
  const aggregator = new Aggregator(server, options.frontProxy?.client);
  const metrics = new RequestMetrics();
  const flowControl = new FlowControl({ store, kinds, clock, log });
  const startUp = new StartUp();
  const health = createHealth({
    checks: [...basicChecks(store), ...startUp.checks],
    log,
    metrics: () => metricsText(server, [metrics, flowControl, server.admissionMetrics]),
  });
  let publicAddress = 'https://kubernetes.default.svc';
  const parts = {
    server,
    authorizer,
    aggregator,
    documents: withAggregated(
      aggregator,
      withDumps(
        flowControl,
        withOpenId(
          tokens,
          () => publicAddress,
          createDocuments(kinds, schemas, { clock, paths: health.paths, further: options.document }),
        ),
      ),
      clock,
    ),
    health,
  };
  let loading: Promise<void> | undefined = startUp
    .run('crd-informer-synced', customResources.start())
    .finally(() => {
      loading = undefined;
    });
  loading.catch((error: unknown) =>
    log('custom resource definitions could not be read', { error: String(error) }),
  );
  const answer = async (request: ApiServerRequest) => {
    if (loading) await loading;
    return serve(parts, request);
  };
  const audit = options.audit && openAudit(options.audit, { clock, log });
  const front = new HttpFront({
    server,
    tls: options.tls,
    authenticator: createAuthenticator({
      tokens: bearerTokens,
      authorizer,
      audience,
      requestHeader: options.requestHeader,
      anonymous: options.authentication?.anonymous,
    }),
    flowControl,
    auditor: audit?.auditor,
    serve: answer,
    upgrade: (request, connection) => serveUpgrade(parts, request, connection),
    passesOn: (path) => isProxyPath(path) || aggregator.find(path) !== undefined,
    metrics,
  });
  let identity: IdentityLease | undefined;
  const localAnswer = audit ? audit.local(answer) : answer;
  const localTransport = (user: UserInfo) => createLocalTransport(user, localAnswer);

  return {
    localTransport,
    issueSecretToken: (facts) => tokens.issueLegacy(facts),
    registerLocalKubelet: (nodeName, handler) => kubelets.register(nodeName, handler),
    async listen(addresses) {
      const bound: AddressInfo[] = [];
      for (const address of addresses) bound.push(await front.listen(address));
      return bound;
    },
    async bootstrap(endpoint) {
      publicAddress = httpsAddress(endpoint.address, endpoint.port);
      const client = new Client(localTransport(controlPlaneUser));
      identity = new IdentityLease({ client, clock, log }, publicAddress);
      await Promise.all([
        startUp.run('apiservice-registration-controller', aggregator.start()),
        startUp.run(
          'bootstrap-controller',
          bootstrap(client, endpoint, authenticationFacts(options)).then(() => identity?.publish()),
        ),
        startUp.run('rbac/bootstrap-roles', reconcileDefaultPolicy(store, clock)),
        startUp.run('priority-and-fairness-config-producer', flowControl.start()),
      ]);
    },
    async close() {
      startUp.end();
      identity?.dispose();
      customResources.dispose();
      policyStatus.dispose();
      for (const module of server.admission) module.dispose?.();
      aggregator.dispose();
      await front.close();
      flowControl.dispose();
      hub.dispose();
      authorizer.dispose();
      rbac.dispose();
      await audit?.close();
    },
  };
}

/** What aggregated API servers need to check who speaks to them. */
function authenticationFacts({ tls, requestHeader, frontProxy }: ApiServerOptions): AuthenticationFacts {
  return { clientCa: requestHeader?.clientCa ?? tls.clientCa, ...(frontProxy && { frontProxy }) };
}

function httpsAddress(address: string, port: number): string {
  return `https://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
