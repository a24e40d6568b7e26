import { formatLabelSelector } from '../../../api/selectors.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { NetworkPolicy } from '../../wire.ts';
import { networkPolicyStrategy } from './network-policy-strategy.ts';

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  hasGeneration: true,
  strategy: networkPolicyStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Pod-Selector',
      type: 'string',
      description: 'Labels of the pods it protects.',
      cell: ({ spec }) => formatLabelSelector(spec?.podSelector),
    },
    ageColumn(),
  ],
  view: {
    section: 'network',
    title: 'Network policies',
    purpose: 'A network policy says which traffic may reach and leave pods.',
  },
});
