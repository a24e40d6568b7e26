import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, labelsText, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { Service } from '../../wire.ts';
import { serviceStrategy } from './service-strategy.ts';

export const serviceKind = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  nameRule: 'dns-label',
  schema: 'io.k8s.api.core.v1.Service',
  returnsDeletedObject: true,
  createsOnUpdate: true,
  strategy: serviceStrategy,
  hasStatus: true,
  subresources: ['proxy'],
  columns: [
    nameColumn(),
    {
      name: 'Type',
      type: 'string',
      description:
        'How far the service reaches: the cluster, every node, a load balancer, or a name elsewhere.',
      cell: (service) => service.spec?.type ?? '',
    },
    {
      name: 'Cluster-IP',
      type: 'string',
      description: 'Address of the service within the cluster.',
      cell: (service) => service.spec?.clusterIPs?.[0] || service.spec?.clusterIP || '<none>',
    },
    {
      name: 'External-IP',
      type: 'string',
      description: 'Addresses of the service outside the cluster.',
      cell: externalIpText,
    },
    {
      name: 'Port(s)',
      type: 'string',
      description: 'Ports, with the node ports behind a colon.',
      cell: portsText,
    },
    ageColumn(),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods behind the service.',
      cell: (service) => labelsText(service.spec?.selector),
    },
  ],
  selectableFields: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
  view: {
    section: 'network',
    title: 'Services',
    purpose: 'A service gives a set of pods one stable name and address.',
    health,
  },
});

type ReadonlyService = Unchecked<Service>;

function externalIpText(service: ReadonlyService): string {
  const externalIps = service.spec?.externalIPs ?? [];
  switch (service.spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIps.join(',') || '<none>';
    case 'LoadBalancer':
      return [...loadBalancerAddresses(service), ...externalIps].join(',') || '<pending>';
    case 'ExternalName':
      return service.spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function loadBalancerAddresses(service: ReadonlyService): readonly string[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const addresses = ingress
    .map(({ ip, hostname }) => ip || hostname || '')
    .filter((address) => address !== '');
  return [...new Set(addresses)].sort();
}

function portsText(service: ReadonlyService): string {
  const texts = (service.spec?.ports ?? []).map(({ port = 0, nodePort, protocol = '' }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return texts.join(',') || '<none>';
}

function health(service: ReadonlyService): Health {
  if (service.spec?.type === 'LoadBalancer' && loadBalancerAddresses(service).length === 0) {
    return { level: 'progress', text: 'Waiting for an address' };
  }
  return { level: 'ok', text: service.spec?.type ?? 'ClusterIP' };
}
