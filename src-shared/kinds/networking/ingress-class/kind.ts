import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { IngressClass } from '../../wire.ts';
import { ingressClassStrategy } from './ingress-class-strategy.ts';

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  hasGeneration: true,
  strategy: ingressClassStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Controller',
      type: 'string',
      description: 'Controller that serves ingresses of this class.',
      cell: ({ spec }) => spec?.controller ?? '',
    },
    {
      name: 'Parameters',
      type: 'string',
      description: 'Object with further settings for the controller.',
      cell: parametersText,
    },
    ageColumn(),
  ],
  view: {
    section: 'network',
    title: 'Ingress classes',
    purpose: 'An ingress class names the controller that serves its ingresses.',
  },
});

function parametersText({ spec }: Unchecked<IngressClass>): string {
  const parameters = spec?.parameters;
  if (!parameters) return '<none>';
  const { apiGroup = '', kind = '', name = '' } = parameters;
  return `${kind}${apiGroup && `.${apiGroup}`}/${name}`;
}
