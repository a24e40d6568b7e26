import { isIPv6 } from 'node:net';
import type { KubeObject } from '@shared/api/meta.ts';
import { isReason } from '@shared/api/status.ts';
import { type Client, refOf } from '@shared/client/client.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { endpointsKind } from '@shared/kinds/core/endpoints/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Kind } from '@shared/kinds/define.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** Where pods reach the API server: behind the `kubernetes` Service. */
export interface ApiEndpoint {
  /** An IP address by which nodes and pods reach it; of simulated ones, a simulated one. */
  readonly address: string;
  readonly port: number;
  /** ClusterIP of the `kubernetes` Service: the first of the service network. */
  readonly clusterIp: string;
  /** ClusterIP under which every node answers DNS; absent: no `kube-dns` Service. */
  readonly dnsIp?: string;
}

/** What API servers that extend this one believe, published for them in `kube-system`. PEM. */
export interface AuthenticationFacts {
  readonly clientCa: string;
  readonly frontProxy?: { readonly ca: string; readonly name: string };
}

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const managed = { component: 'apiserver', provider: 'kubernetes' };

/** Creates the system namespaces with their default accounts and the `kubernetes` Service with its endpoints; corrects the latter. */
export async function bootstrap(
  client: Client,
  endpoint: ApiEndpoint,
  authentication?: AuthenticationFacts,
): Promise<void> {
  for (const name of namespaces) {
    await ensure(client, namespaceKind, { metadata: { name } });
    await ensure(client, serviceAccountKind, { metadata: { name: 'default', namespace: name } });
  }
  await ensure(client, serviceKind, {
    metadata: { name: 'kubernetes', namespace: 'default', labels: managed },
    spec: {
      type: 'ClusterIP',
      clusterIP: endpoint.clusterIp,
      clusterIPs: [endpoint.clusterIp],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: endpoint.port }],
      sessionAffinity: 'None',
    },
  });
  if (endpoint.dnsIp !== undefined) await ensureDnsService(client, endpoint.dnsIp);
  if (authentication) await publishAuthentication(client, authentication);
  await publish(client, endpoint);
}

/** Source: Kubernetes, "Configure the Aggregation Layer", "CA Reusage and Conflicts". */
async function publishAuthentication(
  client: Client,
  { clientCa, frontProxy }: AuthenticationFacts,
): Promise<void> {
  const requestHeader = frontProxy && {
    'requestheader-allowed-names': JSON.stringify([frontProxy.name]),
    'requestheader-client-ca-file': frontProxy.ca,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  };
  await replace(client, configMapKind, {
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: { 'client-ca-file': clientCa, ...requestHeader },
  });
}

/**
 * The Service people look for when they look for cluster DNS. Without selector and endpoints, since every node
 * answers on this address itself.
 */
async function ensureDnsService(client: Client, clusterIp: string): Promise<void> {
  await ensure(client, serviceKind, {
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      ],
      sessionAffinity: 'None',
    },
  });
}

async function publish(client: Client, { address, port }: ApiEndpoint): Promise<void> {
  const meta = { name: 'kubernetes', namespace: 'default' };
  await replace(client, endpointsKind, {
    metadata: { ...meta, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  await replace(client, endpointSliceKind, {
    metadata: { ...meta, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: isIPv6(address) ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

async function ensure<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: DeepReadonly<T>,
): Promise<void> {
  try {
    await client.get(kind, refOf(object));
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    await client.create(kind, object);
  }
}

async function replace<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: DeepReadonly<T>,
): Promise<void> {
  try {
    await client.update(kind, object);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    await ensure(client, kind, object);
  }
}
