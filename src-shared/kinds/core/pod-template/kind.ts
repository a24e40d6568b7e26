import { labelsText, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { PodTemplate } from '../../wire.ts';
import { templateWarnings } from '../pod/pod-warnings.ts';
import { defaultTemplate } from '../pod/template-defaults.ts';
import { checkPodTemplate } from '../pod/template-validation.ts';

export const podTemplateKind = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  returnsDeletedObject: true,
  strategy: {
    defaults: defaultTemplate,
    validate: ({ template }) => checkPodTemplate('template', template ?? {}),
    warnings: ({ template }) => templateWarnings('template', template),
  },
  hasGeneration: true,
  columns: [
    nameColumn(),
    {
      name: 'Containers',
      type: 'string',
      description: 'Names of the containers in the template.',
      cell: ({ template }) => (template?.spec?.containers ?? []).map(({ name }) => name).join(','),
    },
    {
      name: 'Images',
      type: 'string',
      description: 'Images of the containers in the template.',
      cell: ({ template }) => (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
    },
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'Labels of pods made from the template.',
      cell: ({ template }) => labelsText(template?.metadata?.labels),
    },
  ],
  view: {
    section: 'workloads',
    title: 'Pod templates',
    purpose: 'A pod template describes pods for controllers of your own to make.',
  },
});
