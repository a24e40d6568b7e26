import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ResourceClaimTemplate } from '../../wire.ts';
import { resourceClaimTemplateStrategy } from './resource-claim-template-strategy.ts';

export const resourceClaimTemplateKind = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  returnsDeletedObject: true,
  strategy: resourceClaimTemplateStrategy,
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'cluster',
    title: 'Resource claim templates',
    purpose: 'A resource claim template is what the resource claims of pods are made from.',
  },
});
