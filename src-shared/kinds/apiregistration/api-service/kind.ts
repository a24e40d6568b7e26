import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { APIService } from '../../wire.ts';
import { apiServiceStrategy } from './api-service-strategy.ts';

type ReadonlyApiService = Unchecked<APIService>;

export const apiServiceKind = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  nameRule: 'path-segment',
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  needsResourceVersion: true,
  hasStatus: true,
  strategy: apiServiceStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Service',
      type: 'string',
      description: 'The service that answers; Local for what this API server serves itself.',
      cell: serviceText,
    },
    {
      name: 'Available',
      type: 'string',
      description: 'Whether it answers.',
      cell: availableText,
    },
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'API services',
    purpose: 'An API service leads requests for an API group to a server of its own.',
    health,
  },
});

function serviceText({ spec }: ReadonlyApiService): string {
  const service = spec?.service;
  return service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local';
}

function available({ status }: ReadonlyApiService) {
  return status?.conditions?.find(({ type }) => type === 'Available');
}

function availableText(apiService: ReadonlyApiService): string {
  const condition = available(apiService);
  if (!condition) return 'Unknown';
  const { status = '', reason } = condition;
  return status === 'True' || !reason ? status : `${status} (${reason})`;
}

function health(apiService: ReadonlyApiService): Health | undefined {
  const condition = available(apiService);
  if (!condition) return undefined;
  return condition.status === 'True'
    ? { level: 'ok', text: 'Available' }
    : { level: 'error', text: condition.reason || 'Not available' };
}
