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
      cell: ({ spec }) => spec?.ingressClassName ?? '<none>',
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

const shownHosts = 3;

function hostsText({ spec }: ReadonlyIngress): string {
  const rules = spec?.rules ?? [];
  const named = [...rules.entries()].filter(([, { host }]) => host).slice(0, shownHosts);
  if (named.length === 0) return '*';
  const text = named.map(([, { host }]) => host).join(',');
  const isCut = named.length === shownHosts && named.at(-1)?.[0] !== rules.length - 1;
  return isCut ? `${text} + ${rules.length - shownHosts} more...` : text;
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
