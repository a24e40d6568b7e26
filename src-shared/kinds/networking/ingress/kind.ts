import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { Ingress } from '../../wire.ts';
import { ingressStrategy } from './ingress-validation.ts';

type ReadonlyIngress = Unchecked<Ingress>;

export const ingressKind = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.Ingress',
  hasGeneration: true,
  hasStatus: true,
  strategy: ingressStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Class',
      type: 'string',
      description: 'Class that says which controller serves it.',
      cell: classText,
    },
    { name: 'Hosts', type: 'string', description: 'Hosts it answers for.', cell: hostsText },
    {
      name: 'Address',
      type: 'string',
      description: 'Where it is reached from outside.',
      cell: (ingress) => addresses(ingress).join(','),
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'Ports it listens on; 443 with TLS.',
      cell: (ingress) => ((ingress.spec?.tls ?? []).length > 0 ? '80, 443' : '80'),
    },
    ageColumn(),
  ],
  view: {
    section: 'network',
    title: 'Ingresses',
    purpose: 'An ingress leads HTTP requests from outside to services, by host and path.',
    health,
  },
});

/** The older annotation is still what some controllers go by. */
function classText({ spec, metadata }: ReadonlyIngress): string {
  return spec?.ingressClassName || metadata?.annotations?.['kubernetes.io/ingress.class'] || '<none>';
}

const shownHosts = 3;

function hostsText({ spec }: ReadonlyIngress): string {
  const rules = spec?.rules ?? [];
  const hosts = rules
    .slice(0, shownHosts)
    .map(({ host }) => host ?? '')
    .filter((host) => host !== '');
  if (hosts.length === 0) return '*';
  const more = rules.length - shownHosts;
  return `${hosts.join(',')}${more > 0 ? ` + ${more} more...` : ''}`;
}

function addresses({ status }: ReadonlyIngress): readonly string[] {
  const points = status?.loadBalancer?.ingress ?? [];
  const texts = points.map(({ ip, hostname }) => ip || hostname || '').filter((text) => text !== '');
  return [...new Set(texts)].sort();
}

function health(ingress: ReadonlyIngress): Health {
  const [address] = addresses(ingress);
  return address === undefined
    ? { level: 'progress', text: 'Waiting for an address' }
    : { level: 'ok', text: address };
}
