import { createdAtColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { CustomResourceDefinition } from '../../wire.ts';
import { crdStrategy } from './crd-strategy.ts';
import { crdGroup, isConditionTrue } from './names.ts';

export const customResourceDefinitionKind = defineKind<CustomResourceDefinition>({
  group: crdGroup,
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  needsResourceVersion: true,
  strategy: crdStrategy,
  hasGeneration: true,
  hasStatus: true,
  columns: [nameColumn(), createdAtColumn()],
  view: {
    section: 'cluster',
    title: 'Resource definitions',
    purpose: 'A custom resource definition teaches the cluster a new kind of object.',
    health: (crd) => {
      if (isConditionTrue(crd, 'Terminating')) return { level: 'progress', text: 'Terminating' };
      return isConditionTrue(crd, 'Established')
        ? { level: 'ok', text: 'Established' }
        : { level: 'warn', text: 'Not established' };
    },
  },
});
