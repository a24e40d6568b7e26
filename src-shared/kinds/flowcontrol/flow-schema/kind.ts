import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { FlowSchema } from '../../wire.ts';
import { flowSchemaStrategy } from './flow-schema-strategy.ts';

export const flowSchemaKind = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  needsResourceVersion: true,
  hasGeneration: true,
  hasStatus: true,
  strategy: flowSchemaStrategy,
  columns: [
    nameColumn(),
    {
      name: 'PriorityLevel',
      type: 'string',
      description: 'Priority level of the requests that match.',
      cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '',
    },
    {
      name: 'MatchingPrecedence',
      type: 'string',
      description: 'Which schema wins when several match; less comes first.',
      cell: ({ spec }) => `${spec?.matchingPrecedence ?? 0}`,
    },
    {
      name: 'DistinguisherMethod',
      type: 'string',
      description: 'What makes two requests belong to one flow.',
      cell: ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>',
    },
    ageColumn(),
    {
      name: 'MissingPL',
      type: 'string',
      description: 'Whether the priority level does not exist.',
      cell: (schema) => dangling(schema) ?? '?',
    },
  ],
  view: {
    section: 'cluster',
    title: 'Flow schemas',
    purpose: 'A flow schema sorts requests to the API server into priority levels.',
    health,
  },
});

function dangling({ status }: Unchecked<FlowSchema>): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Dangling')?.status;
}

function health(schema: Unchecked<FlowSchema>): Health | undefined {
  return dangling(schema) === 'True' ? { level: 'warn', text: 'No such priority level' } : undefined;
}
