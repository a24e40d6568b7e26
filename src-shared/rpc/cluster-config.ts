import type { NodeDriver, NodeSize } from './contract.ts';

/**
 * `<data-dir>/clusters/<name>/cluster.json`: what a cluster is, apart from its Kubernetes state. Written by
 * the host, read by the host and by the cluster's control-plane process. Beside it lie:
 *
 *   pki/ca.crt ca.key  apiserver.crt|key  service-account.key|pub  admin.crt|key  kubelet-client.crt|key  nodes/<node>/…
 *   store/             log and snapshots of the file store
 *   kubeconfig         for people, cluster-admin
 *   control-plane.json {pid, startedAt, port} while the control-plane process runs (see ControlPlaneState)
 *   control-plane.log
 *   authentication.yaml  when there: whose tokens hold (AuthenticationConfiguration)
 *   authorization.yaml  when there: who decides who may do what (AuthorizationConfiguration)
 *   audit-policy.yaml  when there: what is written to audit/audit.log
 */
export interface ClusterConfig {
  readonly version: 1;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: string;
  readonly driver: NodeDriver;
  /** Port of the API server, on 127.0.0.1 and, for Docker nodes on Linux, on the network's gateway address. */
  readonly apiPort: number;
  /** Docker nodes; empty for a hollow cluster. */
  readonly nodes: readonly DockerNodeConfig[];
  /** How many simulated nodes there are; see {@link hollowNumbers}. */
  readonly hollowNodes: number;
  /** Numbers of simulated nodes that were removed while nodes with higher ones stayed; ascending. */
  readonly removedHollowNodes?: readonly number[];
  readonly network: ClusterNetwork;
  readonly size: NodeSize;
  readonly authentication?: AuthenticationConfig;
  readonly podSecurity?: PodSecurityConfig;
  /** How much of the audit log is kept, where a policy (`audit-policy.yaml`) asks for one. */
  readonly audit?: AuditLogConfig;
}

type HollowPart = Pick<ClusterConfig, 'hollowNodes' | 'removedHollowNodes'>;

/** Numbers of the simulated nodes, ascending: the lowest ones that were not removed. */
export function hollowNumbers({ hollowNodes, removedHollowNodes = [] }: HollowPart): number[] {
  const removed = new Set(removedHollowNodes);
  const numbers: number[] = [];
  for (let number = 1; numbers.length < hollowNodes; number += 1)
    if (!removed.has(number)) numbers.push(number);
  return numbers;
}

/** Name of a cluster's simulated node. */
export const hollowNodeName = (cluster: string, number: number): string => `${cluster}-hollow-${number}`;

/** Who is let in beside client certificates and the cluster's own tokens. Everything absent: nobody else. */
export interface AuthenticationConfig {
  /** False: who shows no credentials gets 401 instead of being `system:anonymous`. Default true. */
  readonly anonymous?: boolean;
  readonly oidc?: OidcConfig;
  readonly tokenWebhook?: TokenWebhookConfig;
}

/** The options of kube-apiserver's `--audit-log-maxsize` and `--audit-log-maxbackup`. */
export interface AuditLogConfig {
  /** A file that would grow larger is put aside; default 100. */
  readonly maxSizeMegabytes?: number;
  /** So many files that were put aside are kept; default 10. */
  readonly maxBackups?: number;
}

/**
 * Kubernetes' PodSecurityConfiguration: what holds where a namespace's labels say nothing, and for whom nothing holds.
 * Absent: privileged, and nobody.
 */
export interface PodSecurityConfig {
  /** `privileged`, `baseline` or `restricted` by mode; `latest` or `v1.x` by `<mode>-version`. */
  readonly defaults?: Readonly<Partial<Record<PodSecurityMode | `${PodSecurityMode}-version`, string>>>;
  readonly exemptions?: {
    readonly usernames?: readonly string[];
    readonly namespaces?: readonly string[];
    readonly runtimeClasses?: readonly string[];
  };
}
type PodSecurityMode = 'enforce' | 'audit' | 'warn';

/** An OpenID Connect issuer whose ID tokens hold. The options of kube-apiserver's `--oidc-…` flags. */
export interface OidcConfig {
  /** `https://…`, exactly as in the tokens' `iss`. */
  readonly issuerUrl: string;
  /** The tokens' `aud`. */
  readonly clientId: string;
  /** Default `sub`. */
  readonly usernameClaim?: string;
  /** Before every user name; `-` for none. Default `<issuerUrl>#`, for `email` none. */
  readonly usernamePrefix?: string;
  /** Absent: no groups. */
  readonly groupsClaim?: string;
  readonly groupsPrefix?: string;
  readonly requiredClaims?: Readonly<Record<string, string>>;
  /** Default `RS256`. */
  readonly signingAlgorithms?: readonly string[];
  /** PEM; absent: the system's authorities. */
  readonly ca?: string;
}

/** A service that is sent TokenReviews. */
export interface TokenWebhookConfig {
  readonly url: string;
  /** PEM; absent: the system's authorities. */
  readonly ca?: string;
  /** Client certificate and key, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** How long an answer is kept; default 120. */
  readonly cacheSeconds?: number;
}

export interface ClusterNetwork {
  /** Name of the Docker network; null for a hollow cluster. */
  readonly dockerNetwork: string | null;
  /** e.g. `172.30.1.0/24`; null for a hollow cluster. */
  readonly nodeSubnet: string | null;
  /** The Docker network's gateway, where nodes reach the host; null for a hollow cluster. */
  readonly gateway: string | null;
  /** e.g. `10.244.0.0/16`: each node gets a /24 of it. */
  readonly podCidr: string;
  /** e.g. `10.96.0.0/16`: ClusterIPs. `.0.1` is the API server, `.0.10` is DNS. */
  readonly serviceCidr: string;
  readonly clusterDomain: string;
}

export interface DockerNodeConfig {
  /** Node name, e.g. `dev-node-1`; also the hostname. */
  readonly name: string;
  /** Name of its container, e.g. `slipway-dev-node-1`. */
  readonly container: string;
  readonly ip: string;
  /** Its part of the pod network, e.g. `10.244.1.0/24`. */
  readonly podCidr: string;
  /** Port on the host's 127.0.0.1 that leads to the kubelet's HTTPS port (10250) in the container. */
  readonly kubeletHostPort: number;
}

/** `control-plane.json`: present while a control-plane process serves the cluster. */
export interface ControlPlaneState {
  readonly pid: number;
  /** Tells the process from a later one with the same id; only compared for equality, empty where unknown. */
  readonly processStart?: string;
  readonly startedAt: string;
  readonly port: number;
}

/**
 * `/etc/slipway/node.json` inside a node container, beside `ca.crt`, `kubelet.crt`, `kubelet.key` (serving and
 * client certificate in one: CN `system:node:<name>`, O `system:nodes`).
 */
export interface NodeAgentConfig {
  readonly version: 1;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** `https://172.30.1.1:6443` as reached from the node. */
  readonly apiServer: string;
  readonly podCidr: string;
  readonly network: ClusterNetwork;
  /** Becomes the Node's annotation `slipway.dev/kubelet-endpoint`, by which the API server reaches it. */
  readonly kubeletEndpoint: string;
  /** Other nodes' addresses come from the API (Node objects). */
  readonly size: NodeSize;
}

/** Annotation on Node objects: `host:port` at which the control plane reaches the kubelet's HTTPS server. */
export const kubeletEndpointAnnotation = 'slipway.dev/kubelet-endpoint';
/** Label on simulated nodes. */
export const hollowNodeLabel = 'slipway.dev/hollow';
/** Port of the kubelet's HTTPS server inside its node container. */
export const kubeletPort = 10250;
